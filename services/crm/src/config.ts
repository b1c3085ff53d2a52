/** The whole environment of the service: what every consumer service reads. */
export { consumerConfig as config } from '@trunkline/consumer';

export { consumerConfig as config } from '@trunkline/consumer';

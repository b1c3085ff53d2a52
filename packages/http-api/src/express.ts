/** The one owner of Express: for the ingress, whose routes are not an API. */
export { default as express, type ErrorRequestHandler } from 'express';

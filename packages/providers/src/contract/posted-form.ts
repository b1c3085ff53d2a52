import { type FormBody, isFormType, readFormBody } from './form-body.ts';
import { isMultipartType, readMultipartBody } from './multipart-body.ts';
import { type ReceivedRequest, singleHeader } from './request.ts';

/** The fields of a form, in either of the two ways to post one; undefined where the content type says that it is none. */
export function readPostedForm(request: ReceivedRequest): FormBody | undefined {
  const contentType = singleHeader(request, 'content-type');
  if (isFormType(contentType)) return readFormBody(request.body);
  return contentType !== undefined && isMultipartType(contentType)
    ? readMultipartBody(request.body, contentType)
    : undefined;
}

import { type FormFields, isFormType, readFormFields } from './form-body.ts';
import { isMultipartType, readMultipartBody } from './multipart-body.ts';
import { type ReceivedRequest, singleHeader } from './request.ts';

/** The fields of a form, in either of the two ways to post one; undefined where the content type says that it is none. */
export function readPostedForm(request: ReceivedRequest): FormFields | undefined {
  const contentType = singleHeader(request, 'content-type');
  if (isFormType(contentType)) return readFormFields(request.body);
  return contentType !== undefined && isMultipartType(contentType)
    ? readMultipartBody(request.body, contentType)
    : undefined;
}

import { AppError } from '../../errors.js';

const MEDIA_TYPE = /^[ \t]*multipart\/form-data[ \t]*(?=;|$)/i;
/** One parameter without blanks around its "=": readers disagree on those. */
const PARAMETER = /^[ \t]*;[ \t]*([!#$%&'*+.^_`|~\w-]+)=(?:"([^"\\\r\n]*)"|([!#$%&'*+./:=?@^_`|~\w-]+))[ \t]*(?=;|$)/;
/** RFC 2046, section 5.1.1. */
const BOUNDARY = /^[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]$/;

/** The boundary that the content type of a form states. Throws BAD_USER_INPUT where two readers could find two. */
export function boundaryOf(contentType: string): string {
  const media = MEDIA_TYPE.exec(contentType);
  let rest = media === null ? contentType : contentType.slice(media[0].length);
  let boundary: string | null = null;
  while (rest.trim() !== '' && rest.trim() !== ';') {
    const parameter = PARAMETER.exec(rest);
    if (parameter === null) throw wrongType('The parameters of the form’s content type cannot be read.');
    const [all, name = '', quoted, plain] = parameter;
    rest = rest.slice(all.length);
    const lowerName = name.toLowerCase();
    if (lowerName.startsWith('boundary')) {
      if (boundary !== null || lowerName !== 'boundary') {
        throw wrongType('The content type of the form must state its boundary once.');
      }
      boundary = quoted ?? plain ?? '';
    } else if (lowerName === 'charset' && !/^(utf-8|us-ascii)$/i.test(quoted ?? plain ?? '')) {
      throw wrongType('The form must be in UTF-8.');
    }
  }
  if (boundary === null) throw wrongType('The content type of the form has no boundary.');
  if (!BOUNDARY.test(boundary)) throw wrongType('The boundary of the form must be 1 to 70 characters of RFC 2046.');
  return boundary;
}

const wrongType = (what: string): AppError =>
  new AppError('BAD_USER_INPUT', `${what} Write: multipart/form-data; boundary=…`, { field: 'content-type' });

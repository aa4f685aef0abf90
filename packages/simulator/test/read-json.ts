/** The JSON body of an answer, believed to have the shape that the test states. */
export async function readJson<T>(response: Response | Promise<Response>): Promise<T> {
  return (await (await response).json()) as T;
}

/**
 * What the tool of this index is called, in every server that is measured. The first is `echo`.
 *
 * @param {number} index
 */
export function echoToolName(index) {
  return index === 0 ? "echo" : `echo_${index}`;
}

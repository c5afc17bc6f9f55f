/**
 * Facts over HTTP, signed.
 *
 * <p>One attempt is one POST of a JSON body. {@code 2xx} from the receiver means taken; {@code 410} means never again;
 * everything else, a redirect included, means not taken. The answer's body is ignored.
 *
 * <p>Terms: the <em>signature</em> is an HMAC over the time and the body, so that a receiver can refuse what is forged
 * or old.
 *
 * <p>Threads: an attempt blocks its (virtual) thread until the answer or the deadline; connections live on Vert.x event
 * loops and stay open between attempts.
 *
 * <p>What it refuses to do: follow redirects, accept a certificate that does not match, or connect to an address in a
 * denied network, whatever name it has.
 */
@NullMarked
package io.holdfast.notifications.webhook;

import org.jspecify.annotations.NullMarked;

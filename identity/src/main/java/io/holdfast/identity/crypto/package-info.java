/**
 * Signatures of tokens and hashes of passwords; the only package here that knows ciphers.
 *
 * <p>Threads: everything may be called from any thread. Checking a password takes a tenth of a second of a processor and 19 MiB, so
 * {@link io.holdfast.identity.crypto.Passwords} lets few do so at once.
 */
@NullMarked
package io.holdfast.identity.crypto;

import org.jspecify.annotations.NullMarked;

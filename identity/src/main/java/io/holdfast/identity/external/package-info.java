/**
 * Somebody else's Keystone, which is asked whether a token is good.
 *
 * <p>Threads: may be called from any thread; a question blocks its thread for as long as the answer takes, within the limit of the settings.
 */
@NullMarked
package io.holdfast.identity.external;

import org.jspecify.annotations.NullMarked;

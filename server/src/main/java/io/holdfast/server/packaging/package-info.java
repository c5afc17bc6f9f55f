/**
 * What is done once per distribution, so that no start has to do it again: unpacking the embedded database's programs,
 * and a rehearsal in which the JVM learns which classes a controller needs.
 *
 * <p>All of it is an optimisation. A distribution that was never prepared works the same, only its first start is slower.
 */
@NullMarked
package io.holdfast.server.packaging;

import org.jspecify.annotations.NullMarked;

/**
 * The files of uploaded images on the shared storage.
 *
 * <p>All of them lie in one directory below the images directory, {@code uploads}, in which nobody else writes: so whatever lies there and
 * belongs to no image is ours to remove. Files that an operator put into the images directory are not touched.
 *
 * <p>Runs no thread of its own. It does not know which images there are; {@link io.holdfast.compute.Images} does.
 */
@NullMarked
package io.holdfast.compute.image;

import org.jspecify.annotations.NullMarked;

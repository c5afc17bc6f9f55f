/**
 * Images in the form of Glance v2, under {@code /image}.
 *
 * <p>Translates, and decides who may do what: what an image is, and that it is written whole or not at all, is a matter of
 * {@link io.holdfast.compute.Images}. The same images are in {@code io.holdfast.api.nova} and {@code io.holdfast.api.ha}.
 *
 * <p>Everything runs on the thread of its request; uploads and downloads on one of their own (see
 * {@link io.holdfast.api.http.Streaming}).
 */
@NullMarked
package io.holdfast.api.glance;

import org.jspecify.annotations.NullMarked;

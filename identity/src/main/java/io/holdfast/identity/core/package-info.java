/** The pure rules: what a token looks like, when it is good, which roles follow from others, and how often somebody may be wrong. */
@NullMarked
package io.holdfast.identity.core;

import org.jspecify.annotations.NullMarked;

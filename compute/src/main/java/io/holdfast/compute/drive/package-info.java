/** Config drives, made by a program of its own on the shared storage. */
@org.jspecify.annotations.NullMarked
package io.holdfast.compute.drive;

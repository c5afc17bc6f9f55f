package io.holdfast.membership;

/**
 * What one look at the disks of a host's guests showed, on the storage that hosts share. It is a sign of life and never one of death: a
 * guest that has nothing to write writes nothing, and neither does one whose storage stands still.
 */
public sealed interface GuestActivity {

    /** A disk was written between the two halves of the look, and nobody but a guest of that host may write it. */
    record Written(String detail) implements GuestActivity {}

    /** Every disk was looked at, and none was written. */
    record Unchanged(String detail) implements GuestActivity {}

    /** Not every disk could be looked at, and of those that could none was written. Empty where nobody looks at all. */
    record Unseen(String reason) implements GuestActivity {}

    /** Where nobody looks. */
    GuestActivity NOBODY_LOOKS = new Unseen("");
}

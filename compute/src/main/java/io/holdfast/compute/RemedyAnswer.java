package io.holdfast.compute;

/** What became of a {@link RemedyOrder}. */
public sealed interface RemedyAnswer {

    /** It was done; whether it helped, the host's health tells. */
    record Done(String detail) implements RemedyAnswer {}

    /** It was begun, and failed. */
    record Failed(String reason) implements RemedyAnswer {}

    /** The agent knows a newer epoch, leader or boot than the order's. Nothing was done. */
    record Stale(String reason) implements RemedyAnswer {}

    /** Nothing was done: the operator has not said how, it was done too often, or it is being done. */
    record Refused(String reason) implements RemedyAnswer {}

    /** No answer in time, or no connection. It may have been done, or still be under way. */
    record NoAnswer(String reason) implements RemedyAnswer {}
}

package io.holdfast.compute;

/** What came of asking for the end of a guest's serial line. */
public sealed interface ConsoleAnswer {

    /** @param text empty when the guest has written nothing */
    record Written(String text) implements ConsoleAnswer {}

    /** It cannot be known now. */
    record Unknown(String reason) implements ConsoleAnswer {}
}

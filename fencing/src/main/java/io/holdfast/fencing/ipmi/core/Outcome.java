package io.holdfast.fencing.ipmi.core;

/** How an act ended. */
public sealed interface Outcome {

    /** The answer to {@link ChassisAct#STATUS}. */
    record Power(boolean on) implements Outcome {}

    /** The device said "done" to an order, which proves nothing. */
    record Done() implements Outcome {}

    /** @param detail what happened, for people; holds no secret */
    record Failed(Trouble trouble, String detail) implements Outcome {

        /** Both, for people: {@code refused login: wrong user: the device knows no 'x'}. */
        public String text() {
            return trouble.words() + ": " + detail;
        }
    }
}

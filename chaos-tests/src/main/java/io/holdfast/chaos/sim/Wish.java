package io.holdfast.chaos.sim;

import io.holdfast.model.InstanceId;

/** What an owner asked for, and was told is done. */
public record Wish(Verb verb, InstanceId instance) {

    /** The owner's verbs. */
    public enum Verb {
        CREATE,
        DELETE,
        STOP,
        START
    }
}

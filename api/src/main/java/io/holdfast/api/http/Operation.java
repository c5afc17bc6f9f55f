package io.holdfast.api.http;

/** What is done for an operation of the contract. Called on a virtual thread; may block. */
@FunctionalInterface
public interface Operation {

    /** Throws {@link ApiFault}, or one of the exceptions that {@link Faults} knows. */
    Reply handle(Call call);
}

package io.holdfast.server.agent.health.core;

import java.time.Duration;

/** How a question to the host went. */
public sealed interface Reading<T> {

    /** It was answered. */
    record Answer<T>(T value, Duration took) implements Reading<T> {}

    /** It could not be answered; {@code reason} for people. */
    record Failure<T>(String reason) implements Reading<T> {}

    /** It was asked that long ago and has not come back. Whoever asked may be held in the kernel, and is not asked again. */
    record Silence<T>(Duration asked) implements Reading<T> {}

    /** It was not asked, because here there is nothing to ask. */
    record Unasked<T>(String reason) implements Reading<T> {}
}

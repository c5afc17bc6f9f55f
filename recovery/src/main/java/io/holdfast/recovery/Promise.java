package io.holdfast.recovery;

import java.util.function.Consumer;

/** Kept once everything before it is durable. */
record Promise(Runnable kept, Consumer<RuntimeException> broken) {}

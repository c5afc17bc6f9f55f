package io.holdfast.membership;

import io.holdfast.membership.core.Observation;
import java.util.function.Consumer;

/**
 * A source of observations: leases, group views, or their simulation.
 *
 * <p>Threads: the source calls the inbox from any thread; the inbox never blocks. After {@link #close} returns nothing
 * more is said.
 */
public interface Signals extends AutoCloseable {

    /** Begins to observe. Returns quickly: what cannot be reached yet is reported once it can. */
    void start(Consumer<Observation> inbox);

    @Override
    void close();
}

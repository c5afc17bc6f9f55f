package io.holdfast.compute;

import io.holdfast.model.InstanceId;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * The controller's line to the agents. Calls block at most for their deadline and never throw for what the world does;
 * call them from virtual threads.
 */
public interface HostAgents {

    AgentAnswer adopt(ComputeHost host, AdoptOrder order, Duration deadline);

    AgentAnswer apply(ComputeHost host, InstanceOrder order, Duration deadline);

    /** Asks the agent to do something about its own host. */
    RemedyAnswer mend(ComputeHost host, RemedyOrder order, Duration deadline);

    /** Asks the agent what it sees of other hosts' guests on the shared storage; changes nothing. */
    DiskLookAnswer look(ComputeHost host, DiskLook look, Duration deadline);

    /** Asks the agent to read the slot device, all of it; changes nothing. */
    SlotsAnswer slots(ComputeHost host, Duration deadline);

    /**
     * Asks the agent for the end of what a guest has written to its serial line; changes nothing.
     *
     * @param bytesMax so much of it at most
     */
    ConsoleAnswer console(ComputeHost host, InstanceId instance, int bytesMax, Duration deadline);

    /** Asks the agent what a guest has used up since it was started; changes nothing. */
    DiagnosticsAnswer diagnose(ComputeHost host, InstanceId instance, Duration deadline);

    /**
     * Makes the next order to this host quick: the connection is opened, and kept, and the agent asked who it is, which
     * changes nothing there.
     *
     * @return whether the agent answered
     */
    boolean prepare(ComputeHost host, Duration deadline);

    /**
     * Streams what changes on a host, beginning with all that is there, until closed. Reconnects by itself; after each
     * reconnection everything is told again. The consumer must not block.
     */
    AutoCloseable watch(ComputeHost host, Consumer<InstanceReport> reports);
}

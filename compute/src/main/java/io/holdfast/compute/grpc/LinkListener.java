package io.holdfast.compute.grpc;

import io.holdfast.model.HostId;

/** Hears how the line to an agent is, as its watch sees it. Must not block. */
@FunctionalInterface
public interface LinkListener {

    /**
     * @param connected whether heartbeats come
     * @param trouble what the agent says is wrong on its host, empty when nothing is; why the line is down when it is
     */
    void changed(HostId host, boolean connected, String trouble);

    /**
     * With each heartbeat of an agent that measures it.
     *
     * @param percent how much of the host's processors was in use of late, 0 to 100
     */
    default void busy(HostId host, int percent) {}
}

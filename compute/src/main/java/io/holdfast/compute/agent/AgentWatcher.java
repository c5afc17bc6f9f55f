package io.holdfast.compute.agent;

import io.holdfast.compute.InstanceReport;

/** Hears of everything an agent sees. Called while the agent holds its lock: must not block and not call back. */
public interface AgentWatcher {

    void reported(InstanceReport report);

    /** The hypervisor or the journal began or ceased to be in trouble; empty text when all is well. */
    void troubled(String trouble);
}

package io.holdfast.server.controller;

import io.holdfast.compute.AdoptOrder;
import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.ConsoleAnswer;
import io.holdfast.compute.DiagnosticsAnswer;
import io.holdfast.compute.DiskLook;
import io.holdfast.compute.DiskLookAnswer;
import io.holdfast.compute.HostAgents;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.InstanceReport;
import io.holdfast.compute.RemedyAnswer;
import io.holdfast.compute.RemedyOrder;
import io.holdfast.compute.SlotsAnswer;
import io.holdfast.model.InstanceId;
import java.time.Duration;
import java.util.function.Consumer;

/** Agents that nobody may ask for anything, but for what a test says. */
class DeafAgents implements HostAgents {

    @Override
    public AgentAnswer adopt(ComputeHost host, AdoptOrder order, Duration deadline) {
        throw new UnsupportedOperationException();
    }

    @Override
    public AgentAnswer apply(ComputeHost host, InstanceOrder order, Duration deadline) {
        throw new UnsupportedOperationException();
    }

    @Override
    public RemedyAnswer mend(ComputeHost host, RemedyOrder order, Duration deadline) {
        throw new UnsupportedOperationException();
    }

    @Override
    public DiskLookAnswer look(ComputeHost host, DiskLook look, Duration deadline) {
        throw new UnsupportedOperationException();
    }

    @Override
    public DiagnosticsAnswer diagnose(ComputeHost host, InstanceId instance, Duration deadline) {
        throw new UnsupportedOperationException();
    }

    @Override
    public ConsoleAnswer console(ComputeHost host, InstanceId instance, int bytesMax, Duration deadline) {
        throw new UnsupportedOperationException();
    }

    @Override
    public SlotsAnswer slots(ComputeHost host, Duration deadline) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean prepare(ComputeHost host, Duration deadline) {
        throw new UnsupportedOperationException();
    }

    @Override
    public AutoCloseable watch(ComputeHost host, Consumer<InstanceReport> reports) {
        throw new UnsupportedOperationException();
    }
}

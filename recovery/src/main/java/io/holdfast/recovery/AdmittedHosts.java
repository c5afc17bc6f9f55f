package io.holdfast.recovery;

import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostIntroduction;
import io.holdfast.compute.HostSurroundings;
import io.holdfast.compute.Hosts;
import io.holdfast.fencing.FenceProof;
import io.holdfast.model.Actor;
import io.holdfast.model.Fact;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Hosts that a human takes out of service only if that is admitted: disabling, and maintenance. What a host, a monitor or a
 * recovery does to hosts is not asked about. Every other method is the real one's, those too that {@link Hosts} would answer by itself: recovery plans with
 * what it hears here. Any thread may call.
 */
public final class AdmittedHosts implements Hosts {

    private final Hosts real;
    private final AdmissionDesk desk;

    public AdmittedHosts(Hosts real, AdmissionDesk desk) {
        this.real = real;
        this.desk = desk;
    }

    @Override
    public ComputeHost startMaintenance(HostId host, Actor by, String reason) {
        inService(host)
                .ifPresent(
                        now -> desk.outOfService(now, now.closed(now.enabled(), String.valueOf(by)), "maintenance of"));
        return real.startMaintenance(host, by, reason);
    }

    @Override
    public ComputeHost disable(HostId host, Actor by, String reason) {
        inService(host).ifPresent(now -> desk.outOfService(now, now.closed(false, now.maintenance()), "disabling"));
        return real.disable(host, by, reason);
    }

    private Optional<ComputeHost> inService(HostId host) {
        return desk.looks() ? real.find(host).filter(ComputeHost::welcomes) : Optional.empty();
    }

    @Override
    public List<ComputeHost> list() {
        return real.list();
    }

    @Override
    public Optional<ComputeHost> find(HostId host) {
        return real.find(host);
    }

    @Override
    public Map<HostId, HostSurroundings> surroundings() {
        return real.surroundings();
    }

    @Override
    public ComputeHost introduce(HostIntroduction introduction, HostEpoch expected, LeaderEpoch leader) {
        return real.introduce(introduction, expected, leader);
    }

    @Override
    public AgentAnswer admit(HostId host, LeaderEpoch leader, List<Fact> facts) {
        return real.admit(host, leader, facts);
    }

    @Override
    public ComputeHost condemn(HostId host, HostEpoch expected, LeaderEpoch leader, List<Fact> facts) {
        return real.condemn(host, expected, leader, facts);
    }

    @Override
    public ComputeHost fenced(FenceProof proof, LeaderEpoch leader, List<Fact> facts) {
        return real.fenced(proof, leader, facts);
    }

    @Override
    public ComputeHost pardon(HostId host, LeaderEpoch leader, List<Fact> facts) {
        return real.pardon(host, leader, facts);
    }

    @Override
    public ComputeHost setForcedDown(HostId host, boolean forcedDown, Actor by, String reason) {
        return real.setForcedDown(host, forcedDown, by, reason);
    }

    @Override
    public Optional<String> forcedDownBy(HostId host) {
        return real.forcedDownBy(host);
    }

    @Override
    public ComputeHost endMaintenance(HostId host, Actor by) {
        return real.endMaintenance(host, by);
    }

    @Override
    public ComputeHost quarantine(HostId host, String reason, LeaderEpoch leader) {
        return real.quarantine(host, reason, leader);
    }

    @Override
    public ComputeHost release(HostId host) {
        return real.release(host);
    }

    @Override
    public ComputeHost enable(HostId host, Actor by) {
        return real.enable(host, by);
    }
}

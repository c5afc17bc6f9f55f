package io.holdfast.chaos.sim.mutant;

import io.holdfast.chaos.sim.Mutation;
import io.holdfast.chaos.sim.StorePorts;
import io.holdfast.chaos.sim.World;
import io.holdfast.compute.Claim;
import io.holdfast.compute.HostSurroundings;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Instance;
import io.holdfast.fencing.FenceJournal;
import io.holdfast.fencing.FenceProof;
import io.holdfast.model.Fact;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.ProjectId;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.CaseJournal;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.Move;
import io.holdfast.recovery.core.MoveState;
import io.holdfast.recovery.core.Phase;
import io.holdfast.recovery.store.CaseDocuments;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/** Mistakes in what the database takes and refuses. */
final class StoreMutants {

    private StoreMutants() {}

    private static Mutation ports(BiFunction<World, StorePorts, StorePorts> change) {
        return new Mutation() {
            @Override
            public StorePorts store(World world, StorePorts real) {
                return change.apply(world, real);
            }
        };
    }

    static Mutation claimAnyLeader() {
        return ports((world, real) -> real.with(new ForwardingClaims(real.claims()) {
            @Override
            public Claim evacuate(
                    InstanceId instance,
                    Generation expected,
                    HostId to,
                    FenceProof proof,
                    boolean leaveStopped,
                    LeaderEpoch leader,
                    List<Fact> facts) {
                return world.database()
                        .forgettingLeader(
                                leader,
                                "a claim",
                                newest -> super.evacuate(instance, expected, to, proof, leaveStopped, newest, facts));
            }
        }));
    }

    /** What reads all hosts reads nobody's maintenance; the guards read each host by itself. */
    static Mutation maintenanceUnseen() {
        return ports((world, real) -> real.with(new ForwardingHosts(real.hosts()) {
            @Override
            public List<io.holdfast.compute.ComputeHost> list() {
                return super.list().stream()
                        .map(StoreMutants::withoutMaintenance)
                        .toList();
            }
        }));
    }

    private static io.holdfast.compute.ComputeHost withoutMaintenance(io.holdfast.compute.ComputeHost host) {
        return new io.holdfast.compute.ComputeHost(
                host.id(),
                host.uuid(),
                host.segment(),
                host.zone(),
                host.state(),
                host.epoch(),
                host.incarnation(),
                host.bootId(),
                host.enabled(),
                host.disabledReason(),
                host.forcedDown(),
                host.address(),
                host.port(),
                host.capacity(),
                host.used(),
                host.instances(),
                host.createdAt(),
                host.updatedAt(),
                host.lastSeenAt(),
                host.domains(),
                null,
                host.quarantine(),
                host.quarantinedAt());
    }

    static Mutation condemnAnyLeader() {
        return ports((world, real) -> real.with(new ForwardingHosts(real.hosts()) {
            @Override
            public io.holdfast.compute.ComputeHost condemn(
                    HostId host, HostEpoch expected, LeaderEpoch leader, List<Fact> facts) {
                return world.database()
                        .forgettingLeader(
                                leader, "a condemnation", newest -> super.condemn(host, expected, newest, facts));
            }
        }));
    }

    static Mutation intentAnyLeader() {
        return ports((world, real) -> real.with(new FenceJournal() {
            private final FenceJournal journal = real.fences();

            @Override
            public void append(Entry entry) {
                journal.append(entry);
            }

            @Override
            public void appendIntent(Entry entry, SegmentId segment, LeaderEpoch leader) {
                boolean _ = world.database().forgettingLeader(leader, "the intent to fence", newest -> {
                    journal.appendIntent(entry, segment, newest);
                    return true;
                });
            }

            @Override
            public Optional<Entry> proof(HostId host, HostEpoch epoch) {
                return journal.proof(host, epoch);
            }

            @Override
            public List<Entry> of(HostId host, HostEpoch epoch) {
                return journal.of(host, epoch);
            }

            @Override
            public List<Entry> history(HostId host, int limit) {
                return journal.history(host, limit);
            }
        }));
    }

    static Mutation casesAnyLeader() {
        return ports((world, real) -> real.with(new ForwardingCases(real.cases()) {
            @Override
            public Outcome write(SegmentId segment, LeaderEpoch leader, List<Write> writes, List<Fact> facts) {
                return world.database()
                        .forgettingLeader(leader, "cases", newest -> super.write(segment, newest, writes, facts));
            }
        }));
    }

    /** Whoever asks for the proof of a condemned host is given one. */
    static Mutation withoutProof() {
        return ports((world, real) -> real.with(new FenceJournal() {
            private final FenceJournal journal = real.fences();

            @Override
            public void append(Entry entry) {
                journal.append(entry);
            }

            @Override
            public void appendIntent(Entry entry, SegmentId segment, LeaderEpoch leader) {
                journal.appendIntent(entry, segment, leader);
            }

            @Override
            public Optional<Entry> proof(HostId host, HostEpoch epoch) {
                return journal.proof(host, epoch)
                        .or(() -> Optional.of(new Entry(
                                null,
                                host,
                                epoch,
                                0,
                                0,
                                "none",
                                PROOF,
                                FenceProof.Kind.POWER_READ_OFF.name(),
                                "it surely is",
                                "nobody",
                                Instant.EPOCH)));
            }

            @Override
            public List<Entry> of(HostId host, HostEpoch epoch) {
                return journal.of(host, epoch);
            }

            @Override
            public List<Entry> history(HostId host, int limit) {
                return journal.history(host, limit);
            }
        }));
    }

    /** Every third claim is answered as granted, and stored only seconds later. */
    static Mutation claimNotStored() {
        return ports((world, real) -> real.with(new ForwardingClaims(real.claims()) {
            @Override
            public Claim evacuate(
                    InstanceId instance,
                    Generation expected,
                    HostId to,
                    FenceProof proof,
                    boolean leaveStopped,
                    LeaderEpoch leader,
                    List<Fact> facts) {
                Instance now = find(instance).orElseThrow();
                world.startWithoutClaim(instance, expected.next(), to);
                return new Claim.Granted(to, expected.next(), now.epoch());
            }
        }));
    }

    static Mutation journalLate() {
        return ports((world, real) -> real.with(new ForwardingCases(real.cases()) {
            @Override
            public Outcome write(SegmentId segment, LeaderEpoch leader, List<Write> writes, List<Fact> facts) {
                if (writes.isEmpty()) {
                    return super.write(segment, leader, writes, facts);
                }
                world.timeline()
                        .after(
                                Duration.ofSeconds(3),
                                () -> world.database()
                                        .as("late", null, () -> super.write(segment, leader, writes, facts)));
                return Outcome.DONE;
            }
        }));
    }

    static Mutation forgetsWaiting() {
        return ports((world, real) -> real.with(new ForwardingCases(real.cases()) {
            @Override
            public List<Stored> open(SegmentId segment) {
                return super.open(segment).stream()
                        .filter(stored -> !(stored.state().phase() instanceof Phase.NeedsOperator
                                || stored.state().phase() instanceof Phase.FenceBackoff
                                || stored.state().phase() instanceof Phase.Held))
                        .toList();
            }
        }));
    }

    static Mutation resumesWrong() {
        return ports((world, real) -> real.with(new ForwardingCases(real.cases()) {
            @Override
            public List<Stored> open(SegmentId segment) {
                return super.open(segment).stream()
                        .filter(stored -> !(stored.state().phase() instanceof Phase.Evacuating
                                || stored.state().phase() instanceof Phase.Fenced))
                        .toList();
            }
        }));
    }

    static Mutation saysBeginAgain() {
        return ports((world, real) -> real.with(new ForwardingCases(real.cases()) {
            @Override
            public List<Stored> open(SegmentId segment) {
                return super.open(segment).stream()
                        .map(stored -> new Stored(
                                later(stored.state(), world.timeline().instant()), stored.version()))
                        .toList();
            }
        }));
    }

    private static CaseState later(CaseState state, Instant now) {
        // A document is what another leader reads; a mistake in reading it is made in it.
        CaseDocuments documents = new CaseDocuments();
        String document = documents.write(state);
        for (Move move : state.moves()) {
            if (move.state() instanceof MoveState.AwaitingSay waiting) {
                String until = waiting.deadline().toString();
                document = document.replace(until, now.plusSeconds(60).toString());
            }
        }
        return documents.read(document);
    }

    /** Passes everything on. */
    private abstract static class ForwardingCases implements CaseJournal {
        private final CaseJournal real;

        private ForwardingCases(CaseJournal real) {
            this.real = real;
        }

        @Override
        public Outcome write(SegmentId segment, LeaderEpoch leader, List<Write> writes, List<Fact> facts) {
            return real.write(segment, leader, writes, facts);
        }

        @Override
        public List<Stored> open(SegmentId segment) {
            return real.open(segment);
        }

        @Override
        public Optional<Stored> find(io.holdfast.model.CaseId id) {
            return real.find(id);
        }

        @Override
        public Optional<Stored> newest(HostId host) {
            return real.newest(host);
        }

        @Override
        public List<Stored> list(
                @org.jspecify.annotations.Nullable HostId host,
                @org.jspecify.annotations.Nullable Boolean open,
                int limit) {
            return real.list(host, open, limit);
        }

        @Override
        public List<io.holdfast.recovery.CaseView.Entry> timeline(io.holdfast.model.CaseId id) {
            return real.timeline(id);
        }

        @Override
        public List<Mark> marks(SegmentId segment, Instant since, java.util.Set<String> kinds) {
            return real.marks(segment, since, kinds);
        }
    }

    /** Passes everything on. */
    private abstract static class ForwardingClaims implements io.holdfast.compute.Claims {
        private final io.holdfast.compute.Claims real;

        private ForwardingClaims(io.holdfast.compute.Claims real) {
            this.real = real;
        }

        @Override
        public Claim evacuate(
                InstanceId instance,
                Generation expected,
                HostId to,
                FenceProof proof,
                boolean leaveStopped,
                LeaderEpoch leader,
                List<Fact> facts) {
            return real.evacuate(instance, expected, to, proof, leaveStopped, leader, facts);
        }

        @Override
        public List<Instance> at(HostId host) {
            return real.at(host);
        }

        @Override
        public Optional<Instance> find(InstanceId instance) {
            return real.find(instance);
        }

        @Override
        public List<io.holdfast.compute.ServerGroup> groups() {
            return real.groups();
        }

        @Override
        public Map<InstanceId, io.holdfast.compute.PlacementTerms> terms(Collection<InstanceId> instances) {
            return real.terms(instances);
        }

        @Override
        public Map<HostId, InstanceId> livesOf(ProjectId project) {
            return real.livesOf(project);
        }

        @Override
        public void deliver(InstanceId instance) {
            real.deliver(instance);
        }
    }

    /** Passes everything on. */
    private abstract static class ForwardingHosts implements Hosts {
        private final Hosts real;

        private ForwardingHosts(Hosts real) {
            this.real = real;
        }

        @Override
        public List<io.holdfast.compute.ComputeHost> list() {
            return real.list();
        }

        @Override
        public Map<HostId, HostSurroundings> surroundings() {
            return real.surroundings();
        }

        @Override
        public Optional<String> forcedDownBy(HostId host) {
            return real.forcedDownBy(host);
        }

        @Override
        public Optional<io.holdfast.compute.ComputeHost> find(HostId host) {
            return real.find(host);
        }

        @Override
        public io.holdfast.compute.ComputeHost introduce(
                io.holdfast.compute.HostIntroduction introduction,
                io.holdfast.model.HostEpoch expected,
                LeaderEpoch leader) {
            return real.introduce(introduction, expected, leader);
        }

        @Override
        public io.holdfast.compute.AgentAnswer admit(HostId host, LeaderEpoch leader, List<Fact> facts) {
            return real.admit(host, leader, facts);
        }

        @Override
        public io.holdfast.compute.ComputeHost condemn(
                HostId host, HostEpoch expected, LeaderEpoch leader, List<Fact> facts) {
            return real.condemn(host, expected, leader, facts);
        }

        @Override
        public io.holdfast.compute.ComputeHost fenced(FenceProof proof, LeaderEpoch leader, List<Fact> facts) {
            return real.fenced(proof, leader, facts);
        }

        @Override
        public io.holdfast.compute.ComputeHost pardon(HostId host, LeaderEpoch leader, List<Fact> facts) {
            return real.pardon(host, leader, facts);
        }

        @Override
        public io.holdfast.compute.ComputeHost setForcedDown(
                HostId host, boolean forcedDown, io.holdfast.model.Actor by, String reason) {
            return real.setForcedDown(host, forcedDown, by, reason);
        }

        @Override
        public io.holdfast.compute.ComputeHost startMaintenance(
                HostId host, io.holdfast.model.Actor by, String reason) {
            return real.startMaintenance(host, by, reason);
        }

        @Override
        public io.holdfast.compute.ComputeHost endMaintenance(HostId host, io.holdfast.model.Actor by) {
            return real.endMaintenance(host, by);
        }

        @Override
        public io.holdfast.compute.ComputeHost quarantine(HostId host, String reason, LeaderEpoch leader) {
            return real.quarantine(host, reason, leader);
        }

        @Override
        public io.holdfast.compute.ComputeHost release(HostId host) {
            return real.release(host);
        }

        @Override
        public io.holdfast.compute.ComputeHost enable(HostId host, io.holdfast.model.Actor by) {
            return real.enable(host, by);
        }

        @Override
        public io.holdfast.compute.ComputeHost disable(HostId host, io.holdfast.model.Actor by, String reason) {
            return real.disable(host, by, reason);
        }
    }
}

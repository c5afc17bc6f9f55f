package io.holdfast.chaos.sim.check;

import io.holdfast.chaos.sim.Checker;
import io.holdfast.chaos.sim.Controller;
import io.holdfast.chaos.sim.Host;
import io.holdfast.chaos.sim.Wish;
import io.holdfast.chaos.sim.World;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.core.TermsRule;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.RecoveryPolicy;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * S8: whoever lost its home together with what it depends on is not started at a new one before that has run again, and,
 * where its owner counts on the heartbeat of its guest, before that guest has spoken again. Judged by processes, from the moment at which their host was proven isolated, for as long as the product promises to wait; and
 * only where nothing else explains it: both are wanted and recovered by themselves, no owner and no operator spoke of either,
 * and no clock by which the limit is reckoned was moved.
 */
public final class InOrder implements Checker {

    private static final long A_HAIR_NANOS = 3_000_000_000L;

    private final World world;

    /** Who was at the host when it was proven isolated the last time, and when that was. */
    private final Map<HostId, Set<InstanceId>> lostWith = new HashMap<>();

    private final Map<HostId, Long> provenAt = new HashMap<>();
    private final Map<InstanceId, HostId> lostHome = new HashMap<>();
    private final Set<InstanceId> readyAgain = new HashSet<>();
    private final Set<InstanceId> spokenOf = new HashSet<>();

    public InOrder(World world) {
        this.world = world;
    }

    @Override
    public String invariant() {
        return "S8";
    }

    @Override
    public void hostChanged(ComputeHost now, String by) {
        if (now.state() != HostState.FENCED) {
            return;
        }
        Set<InstanceId> here = new HashSet<>();
        for (Instance instance : world.database().instances()) {
            if (now.id().equals(instance.home())) {
                here.add(instance.id());
                lostHome.put(instance.id(), now.id());
                readyAgain.remove(instance.id());
                spokenOf.remove(instance.id());
            }
        }
        lostWith.put(now.id(), here);
        provenAt.put(now.id(), world.timeline().now());
    }

    @Override
    public void acknowledged(Wish wish) {
        spokenOf.add(wish.instance());
    }

    @Override
    public void unsure(Wish wish) {
        spokenOf.add(wish.instance());
    }

    @Override
    public void guestCameUp(Host.Guest guest) {
        // Wherever it is, also at its old home: what was there before has ended with the proof.
        readyAgain.add(guest.instance());
    }

    @Override
    public void guestStarted(Host.Guest guest) {
        HostId lost = lostHome.get(guest.instance());
        Instance self = world.database().instance(guest.instance()).orElse(null);
        if (self == null || !TermsRule.read(self.metadata()).readiness().needsHeartbeat()) {
            readyAgain.add(guest.instance());
        }
        if (lost == null || self == null || guest.host().equals(lost) || !ordinary(self) || clocksMoved()) {
            return;
        }
        long limit = world.settings().recovery().instances().dependencyLimit().toNanos() - A_HAIR_NANOS;
        Set<InstanceId> together = lostWith.getOrDefault(lost, Set.of());
        if (!together.contains(self.id()) || world.timeline().now() - provenAt.getOrDefault(lost, 0L) > limit) {
            return;
        }
        for (String word : TermsRule.read(self.metadata()).dependsOn()) {
            for (Instance other : world.database().instances()) {
                if (other.name().equals(word)
                        && other.project().equals(self.project())
                        && together.contains(other.id())
                        && lost.equals(lostHome.get(other.id()))
                        && !readyAgain.contains(other.id())
                        // Whoever is asked may be left, and nobody waits for it then.
                        && TermsRule.read(other.metadata()).say() == null
                        && ordinary(other)) {
                    world.violated(
                            invariant(),
                            self.name() + " runs on " + guest.host() + " before " + other.name()
                                    + ", on which it depends and with which it lost " + lost);
                }
            }
        }
    }

    private boolean ordinary(Instance instance) {
        return instance.policy() == RecoveryPolicy.AUTOMATIC
                && instance.goal() == InstanceGoal.RUNNING
                && !spokenOf.contains(instance.id())
                && !world.operator().hurried(instance.id())
                && TermsRule.read(instance.metadata()).onHostFailure() == InstanceGoal.RUNNING;
    }

    private boolean clocksMoved() {
        return world.controllers().stream().anyMatch(Controller::clockWasMoved);
    }
}

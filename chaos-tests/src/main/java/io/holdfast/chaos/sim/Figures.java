package io.holdfast.chaos.sim;

import io.holdfast.compute.InstanceGoal;
import io.holdfast.membership.MembershipEvent;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.recovery.core.CaseState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a world counts. */
public final class Figures implements Checker {

    private final World world;
    private final Map<InstanceId, Long> downSince = new HashMap<>();
    private final Map<InstanceId, HostId> ranOn = new HashMap<>();
    private final List<Double> outages = new ArrayList<>();
    private final Words words = new Words();
    private final Map<HostId, Long> openedAt = new HashMap<>();
    private int fences;
    private int wrongfulFences;
    private int suspicions;
    private int falseSuspicions;
    private int recoveries;
    private int missed;
    private int arrived;
    private int left;

    Figures(World world) {
        this.world = world;
    }

    @Override
    public String invariant() {
        return "none";
    }

    void missed(String what) {
        missed++;
    }

    /** A recorded visit came. */
    void arrived() {
        arrived++;
    }

    /** A recorded visit went, in its time. */
    void left() {
        left++;
    }

    void concluded(ControllerProcess by, MembershipEvent event) {
        if (event instanceof MembershipEvent.Suspected suspected && by.leader().isPresent()) {
            suspicions++;
            world.checkers().suspected(suspected.host(), by.name());
            long healthy = world.host(suspected.host()).healthySince();
            if (healthy < world.timeline().now() - 2_000_000_000L) {
                falseSuspicions++;
            }
        }
    }

    @Override
    public void guestEnded(Host.Guest guest) {
        boolean wanted = world.database()
                .instance(guest.instance())
                .filter(instance -> instance.goal() == InstanceGoal.RUNNING)
                .isPresent();
        if (wanted) {
            downSince.put(guest.instance(), world.timeline().now());
        }
        ranOn.put(guest.instance(), guest.host());
    }

    @Override
    public void guestStarted(Host.Guest guest) {
        Long since = downSince.remove(guest.instance());
        if (since != null) {
            outages.add((world.timeline().now() - since) / 1e9);
            if (!guest.host().equals(ranOn.get(guest.instance()))) {
                recoveries++;
            }
        }
    }

    @Override
    public void powerCut(Host host, String asker) {
        if (host.hasPower()) {
            fences++;
        }
    }

    /** A host that was well for long, and that nobody spoke against, is shot. */
    @Override
    public void cutOrdered(Host host, String controller, LeaderEpoch leader) {
        if (isHealthyForLong(host)) {
            wrongfulFences++;
        }
    }

    /** Well, or at least answering for itself, since before anybody condemned it, and nobody spoke against it. */
    public boolean isHealthyForLong(Host host) {
        long opened = openedAt.getOrDefault(host.id(), world.timeline().now());
        long since = Math.min(host.healthySince(), host.answeringSince());
        return since < opened - 5_000_000_000L
                && words.lastAgainst(host.id()) < world.timeline().now() - 300_000_000_000L;
    }

    @Override
    public void caseWritten(@Nullable CaseState before, CaseState after) {
        if (before == null) {
            openedAt.put(after.host(), world.timeline().now());
        }
    }

    @Override
    public void wordGiven(HostId host, boolean fenced) {
        words.given(host, world.timeline().now());
    }

    @Override
    public void wordRefused(HostId host) {
        words.refused(host);
    }

    public int fences() {
        return fences;
    }

    public int wrongfulFences() {
        return wrongfulFences;
    }

    public int suspicions() {
        return suspicions;
    }

    public int falseSuspicions() {
        return falseSuspicions;
    }

    public int recoveries() {
        return recoveries;
    }

    /** Recorded visits that were stored. */
    public int visitsArrived() {
        return arrived;
    }

    /** Recorded visits whose owners deleted them when their time had come. */
    public int visitsLeft() {
        return left;
    }

    /** Rounds and answers that had to wait for the next one. */
    public int missed() {
        return missed;
    }

    /** Seconds that an instance did not run although its owner wanted it to, for each that runs again. */
    public List<Double> outages() {
        return List.copyOf(outages);
    }
}

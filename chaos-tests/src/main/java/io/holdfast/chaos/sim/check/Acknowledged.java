package io.holdfast.chaos.sim.check;

import io.holdfast.chaos.sim.Checker;
import io.holdfast.chaos.sim.Host;
import io.holdfast.chaos.sim.Wish;
import io.holdfast.chaos.sim.World;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.core.TermsRule;
import io.holdfast.model.InstanceId;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * S6: what was acknowledged stays. What was created is there, what was deleted does not come back, what was stopped or
 * started is wanted so, whatever crashes.
 */
public final class Acknowledged implements Checker {

    private final World world;
    private final Map<InstanceId, Wish.Verb> last = new LinkedHashMap<>();

    private final Set<InstanceId> unsure = new HashSet<>();

    public Acknowledged(World world) {
        this.world = world;
    }

    @Override
    public String invariant() {
        return "S6";
    }

    @Override
    public void acknowledged(Wish wish) {
        if (unsure.contains(wish.instance())) {
            return;
        }
        last.put(wish.instance(), wish.verb());
        judge(wish.instance());
    }

    /** It may happen now or later, so nothing can be held against the product any more. */
    @Override
    public void unsure(Wish wish) {
        last.remove(wish.instance());
        unsure.add(wish.instance());
    }

    @Override
    public void instanceChanged(@Nullable Instance before, Instance after, String by) {
        if (before != null && stopsByItsOwnersWord(before, after)) {
            last.computeIfPresent(after.id(), (id, verb) -> Wish.Verb.STOP);
        }
        Wish.Verb verb = last.get(after.id());
        if (verb != null && !by.equals("nobody") && before != null && before.goal() != after.goal()) {
            world.timeline().soon(() -> judge(after.id()));
        }
    }

    /** Its owner said beforehand that only its home shall move when a host fails, and it has moved, or none is left to it; or its consumer is asked, and said so. */
    private static boolean stopsByItsOwnersWord(Instance before, Instance after) {
        return before.home() != null
                && !before.home().equals(after.home())
                && before.goal() == InstanceGoal.RUNNING
                && after.goal() == InstanceGoal.STOPPED
                && (TermsRule.read(after.metadata()).onHostFailure() == InstanceGoal.STOPPED
                        || TermsRule.read(after.metadata()).say() != null);
    }

    private void judge(InstanceId id) {
        Wish.Verb verb = last.get(id);
        if (verb == null) {
            return;
        }
        Instance now = world.database().instance(id).orElse(null);
        if (now == null) {
            world.violated(invariant(), world.name(id) + " was acknowledged and is not stored");
            return;
        }
        InstanceGoal wanted = switch (verb) {
            case CREATE, START -> InstanceGoal.RUNNING;
            case STOP -> InstanceGoal.STOPPED;
            case DELETE -> InstanceGoal.DELETED;
        };
        if (now.goal() != wanted) {
            world.violated(
                    invariant(), world.name(id) + ": " + verb + " was acknowledged, and its goal is " + now.goal());
        }
    }

    /** Not while a deletion is still on its way. */
    @Override
    public boolean content() {
        return stillRunning().isEmpty();
    }

    @Override
    public void ended() {
        last.keySet().forEach(this::judge);
        stillRunning()
                .forEach(guest -> world.violated(
                        invariant(), world.name(guest.instance()) + " was deleted and still runs on " + guest.host()));
    }

    private List<Host.Guest> stillRunning() {
        return world.hosts().stream()
                .filter(host -> host.healthySince() < quiet() && serves(host))
                .flatMap(host -> host.guests().stream())
                .filter(guest -> last.get(guest.instance()) == Wish.Verb.DELETE)
                .toList();
    }

    /** One that stands condemned is told nothing until it is proven or pardoned. */
    private boolean serves(Host host) {
        return world.database()
                .row(host.id())
                .filter(row -> row.state() == HostState.SERVING)
                .isPresent();
    }

    private long quiet() {
        return world.timeline().now() - 60_000_000_000L;
    }
}

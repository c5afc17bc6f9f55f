package io.holdfast.chaos.sim.check;

import io.holdfast.chaos.sim.Checker;
import io.holdfast.chaos.sim.Host;
import io.holdfast.chaos.sim.World;
import io.holdfast.compute.ActualState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.RecoveryPolicy;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * L1: once the core is healed, each automatic instance that its owner wants runs within the bound, or somebody was told
 * by name why it does not: of a host that is held, by a guard or for another reason, the operators. Judged by the process, and by what reached its owner or the operators.
 */
public final class Recovered implements Checker {

    private final World world;
    /** Since when somebody knows of them. */
    private final Map<String, Instant> named = new HashMap<>();

    private boolean disarmed;

    public Recovered(World world) {
        this.world = world;
    }

    @Override
    public String invariant() {
        return "L1";
    }

    @Override
    public void told(@Nullable ProjectId subscriber, Fact fact) {
        switch (fact.type()) {
            case "instance.needs-operator", "instance.parted" -> name(fact);
            case "host.needs-operator", "host.held", "host.degraded", "host.abandoned" -> {
                // An owner can do nothing about a guard or a host: whoever can has to have heard its name.
                if (subscriber == null) {
                    name(fact);
                }
            }
            case "host.cleared", "host.returned", "host.recovered" -> {
                // A notice may come late or twice; what it says was so when it was made.
                Instant since = named.get(fact.subject());
                if (since != null && !fact.at().isBefore(since)) {
                    named.remove(fact.subject());
                }
            }
            case "instance.not-moved" -> {
                // Somebody has given it up or said that it shall be left, and its owner was told by whom and why. No
                // other
                // reason counts.
                String reason = String.valueOf(fact.data().get("reason"));
                if (reason.startsWith("given up by ") || reason.startsWith("its consumer's say: leave")) {
                    name(fact);
                }
            }
            case "segment.ordered" -> disarmed = !"ARMED".equals(fact.data().get("armed"));
            default -> {}
        }
    }

    /** The newest counts: an older one may be told again after it. */
    private void name(Fact fact) {
        named.merge(fact.subject(), fact.at(), (one, other) -> one.isAfter(other) ? one : other);
    }

    @Override
    public boolean content() {
        return world.isHealed() && firstStranded() == null;
    }

    @Override
    public void ended() {
        Instance stranded = firstStranded();
        if (stranded != null) {
            world.violated(
                    invariant(),
                    stranded.name() + " (home " + stranded.home() + ", " + stranded.actual() + ", " + stranded.task()
                            + ") does not run, and nobody was told why");
        }
    }

    private @Nullable Instance firstStranded() {
        if (disarmed) {
            // Somebody has switched recovery off, and operators were told by whom and why.
            return null;
        }
        for (Instance instance : world.database().instances()) {
            if (instance.policy() == RecoveryPolicy.AUTOMATIC
                    && instance.goal() == InstanceGoal.RUNNING
                    && !runs(instance)
                    && !hasName(instance)) {
                return instance;
            }
        }
        return null;
    }

    private boolean runs(Instance instance) {
        HostId home = instance.home();
        return home != null && world.host(home).hasPower() && world.host(home).guest(instance.id()) != null;
    }

    private boolean hasName(Instance instance) {
        HostId home = instance.home();
        if (named.containsKey("instance/" + instance.id()) || (instance.actual() == ActualState.FAILED)) {
            return true;
        }
        if (home == null) {
            return false;
        }
        Host host = world.host(home);
        // A home that lives has a reason of its own: its agent is away and the operators know it.
        return named.containsKey("host/" + host.id());
    }
}

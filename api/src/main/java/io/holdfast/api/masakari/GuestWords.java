package io.holdfast.api.masakari;

import io.holdfast.api.http.ApiFault;
import io.holdfast.compute.ActualState;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Instance;
import io.holdfast.compute.Instances;
import io.holdfast.model.Actor;
import io.holdfast.model.InstanceId;
import io.holdfast.model.RecoveryPolicy;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * What follows from a word about one guest or one process.
 *
 * <p>A monitor's word is no proof that a guest is dead: the agent of its home is the only witness of that. So a guest is started
 * again only when its home says too that it does not run; one that runs there is left alone, because a second start
 * would be the very thing that must never happen.
 */
final class GuestWords {

    /** The events that Masakari's engine acts on, as event and detail. */
    private static final Set<String> ACTED_ON =
            Set.of("LIFECYCLE/STOPPED_FAILED", "IO_ERROR/IO_ERROR_REPORT", "QEMU_GUEST_AGENT_ERROR/STOPPED_FAILED");

    private final Hosts hosts;
    private final Instances instances;

    GuestWords(Hosts hosts, Instances instances) {
        this.hosts = hosts;
        this.instances = instances;
    }

    Outcome guest(ComputeHost host, JsonObject payload, Actor by) {
        String event = payload.getString("event") + "/" + payload.getString("vir_domain_event");
        if (!ACTED_ON.contains(event.toUpperCase(Locale.ROOT))) {
            return Outcome.ignored("nothing follows from the event " + event);
        }
        Optional<Instance> found = Texts.uuid(payload.getString("instance_uuid"))
                .map(InstanceId::of)
                .flatMap(instances::find);
        if (found.isEmpty()) {
            return Outcome.ignored("there is no instance " + payload.getString("instance_uuid"));
        }
        Instance instance = found.get();
        if (!host.id().equals(instance.home())) {
            return Outcome.ignored(
                    "the home of instance " + instance.id() + " is " + instance.home() + ", not " + host.id());
        }
        if (instance.policy() != RecoveryPolicy.AUTOMATIC) {
            return Outcome.ignored("the policy of instance " + instance.id() + " is "
                    + instance.policy().name().toLowerCase(Locale.ROOT) + " (from "
                    + instance.policySource() + ")");
        }
        if (instance.actual() != ActualState.FAILED && instance.actual() != ActualState.STOPPED) {
            return Outcome.ignored("the agent of " + host.id() + " says that instance " + instance.id() + " is "
                    + instance.actual().name().toLowerCase(Locale.ROOT)
                    + ", and nothing is started while that may be so");
        }
        try {
            instances.start(instance.id(), by);
            return Outcome.finished("instance " + instance.id() + " is started again on " + host.id());
        } catch (ComputeException refused) {
            return Outcome.ignored(String.valueOf(refused.getMessage()));
        }
    }

    /** As Masakari does: a host that lost a process which instances need gets no new ones, and a human looks at it. */
    Outcome process(ComputeHost host, JsonObject payload, Actor by) {
        String process = payload.getString("process_name");
        return switch (payload.getString("event")) {
            case "STARTED" -> Outcome.finished(process + " runs again; whoever has seen to it enables the host");
            case "STOPPED" -> {
                if (!host.enabled()) {
                    yield Outcome.finished(
                            "host " + host.id() + " takes no new instances already: " + host.disabledReason());
                }
                hosts.disable(host.id(), by, process + " stopped, says " + by.name());
                yield Outcome.finished("host " + host.id() + " takes no new instances until somebody enables it");
            }
            case String other -> throw ApiFault.badRequest("There is no event " + other + ".");
        };
    }
}

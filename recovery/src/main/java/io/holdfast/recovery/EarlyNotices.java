package io.holdfast.recovery;

import io.holdfast.compute.Instance;
import io.holdfast.compute.Instances;
import io.holdfast.membership.Evidence;
import io.holdfast.membership.MembershipEvent;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.recovery.core.CaseState.Affected;
import io.holdfast.recovery.core.CaseStep;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of suspicions from memory, before anything is journaled: who is suspected, who has taken its leave, and who lives
 * where.
 *
 * <p>Any thread: a suspicion is told on the thread that hears of it, and planners ask {@link #avoids} from theirs.
 */
final class EarlyNotices {

    private static final Logger log = LoggerFactory.getLogger(EarlyNotices.class);

    private static final Set<String> SOOTHING = Set.of("host.cleared", "host.returned", "host.recovered");

    private final Instances instances;
    private final ImmediateNotices notices;
    private final Supplier<UUID> ids;
    private final InstanceIndex index = new InstanceIndex();

    private final Map<HostId, Suspicion> suspicions = new ConcurrentHashMap<>();
    /** Shut down on purpose: nobody's failure, and nobody's new home. */
    private final Set<HostId> departed = ConcurrentHashMap.newKeySet();
    /** Who lives and does not serve: nobody suspects it, and it is not well either. */
    private final Map<HostId, Ailment> ailing = new ConcurrentHashMap<>();
    /** Whose agent is new and has not been told yet what it owns: the store gives it no home in that time. */
    private final Set<HostId> unadmitted = ConcurrentHashMap.newKeySet();
    /** Of whom membership does not know what to think, and why: nobody judges it until that has changed. */
    private final Map<HostId, String> held = new ConcurrentHashMap<>();
    /** Whose verdict stands: nothing has been heard since that speaks against it. */
    private final Set<HostId> condemned = ConcurrentHashMap.newKeySet();

    private volatile boolean indexed;

    /** @param ids names for facts, never the same twice */
    EarlyNotices(Instances instances, ImmediateNotices notices, Supplier<UUID> ids) {
        this.instances = instances;
        this.notices = notices;
        this.ids = ids;
    }

    record Suspicion(Instant at, List<Evidence> evidence) {}

    /**
     * @param takesNew whether anything new may be placed there all the same
     * @param heard whether its agent is heard: it is here, and can be told what it owns
     */
    private record Ailment(String reason, boolean takesNew, boolean heard) {}

    /** Reads what lived before this process began to listen. Blocks. */
    void load() {
        index.refresh(() -> instances.list(null));
        indexed = true;
    }

    /** Whether everything that lived before the start has been read. */
    boolean indexed() {
        return indexed;
    }

    void put(Instance instance) {
        index.put(instance);
    }

    /** Instances that want to go back to their old homes, as far as memory knows. */
    Set<InstanceId> wantingFailback() {
        return index.wantingFailback();
    }

    List<Affected> at(HostId host) {
        return index.at(host);
    }

    /** Since then, if nothing older stands against it. */
    void suspect(HostId host, Instant at, List<Evidence> evidence) {
        suspicions.putIfAbsent(host, new Suspicion(at, evidence));
        condemned.remove(host);
        ailing.remove(host);
        held.remove(host);
    }

    void lose(HostId host, Instant at, List<Evidence> evidence) {
        suspect(host, at, evidence);
        condemned.add(host);
    }

    void hold(HostId host, String reason) {
        held.put(host, reason);
    }

    void ail(MembershipEvent.Degraded event) {
        clear(event.host());
        ailing.put(event.host(), new Ailment(event.reason(), event.takesNew(), event.heard()));
    }

    /**
     * A case that ends says that its host is back, or dealt with, and that instances go on there. When its agent has died again
     * meanwhile, or nobody can tell any more what has become of it, that must not be the last word that operators and
     * owners hear of it: what runs on this host, or should, still waits for them.
     */
    List<Fact> lastWord(CaseStep step, Instant at) {
        HostId host = step.next().host();
        Ailment ailment = ailing.get(host);
        boolean soothed = step.notices().stream().anyMatch(notice -> SOOTHING.contains(notice.type()));
        // A moment later than what it corrects, because notices may overtake each other.
        Instant after = at.plusMillis(1);
        String doubt = held.get(host);
        if (soothed && ailment != null) {
            return facts(host, after, "degraded", data(host, ailment.reason(), List.of(), null, after));
        }
        return soothed && doubt != null
                ? facts(host, after, "held", data(host, doubt, List.of(), suspicions.get(host), after))
                : List.of();
    }

    /** Neither suspected nor ailing, as membership's last word has it. */
    boolean isWell(HostId host) {
        return !suspects(host) && !ailing.containsKey(host);
    }

    /** Not suspected, and its agent speaks, whatever else ails it. */
    boolean isHeard(HostId host) {
        Ailment ailment = ailing.get(host);
        return !suspects(host) && (ailment == null || ailment.heard());
    }

    void clear(HostId host) {
        suspicions.remove(host);
        ailing.remove(host);
        condemned.remove(host);
        held.remove(host);
    }

    void joined(HostId host) {
        clear(host);
        departed.remove(host);
    }

    /** Whoever leads admits each host that comes, and tries again until it serves. */
    void admitting(HostId host) {
        unadmitted.add(host);
    }

    void admitted(HostId host) {
        unadmitted.remove(host);
    }

    /** Somebody else leads. The next leader goes on at once: it admits those who are here all the same, and they serve. */
    void admitsNobody() {
        unadmitted.clear();
    }

    void left(HostId host) {
        clear(host);
        departed.add(host);
    }

    /** Whether membership's last verdict still stands. One that waited for the database may have been taken back since. */
    boolean condemns(HostId host) {
        return condemned.contains(host);
    }

    boolean suspects(HostId host) {
        return suspicions.containsKey(host) || departed.contains(host);
    }

    /**
     * Whether nothing new is to be placed there now. A suspected host may be condemned in a second, and whatever was placed there
     * would move again. A host whose agent is dead or hung cannot be told to start anything: what is claimed there waits
     * for that agent, and may be started nowhere else meanwhile, although another host may get room. Not claimed, it
     * loses nothing: it is placed as soon as the agent is back. The same goes for any host
     * of which the health table says that nothing is to be placed there. A host that is merely out of the group takes orders; it is
     * not avoided, because that is what all hosts look like to a controller whose group is deaf. A host with a new agent is being
     * admitted: a claim on it would be refused, and would count as a try.
     */
    boolean avoids(HostId host) {
        Ailment ailment = ailing.get(host);
        return suspects(host) || unadmitted.contains(host) || (ailment != null && !ailment.takesNew());
    }

    @Nullable
    Instant suspectedSince(HostId host) {
        Suspicion suspicion = suspicions.get(host);
        return suspicion == null ? null : suspicion.at();
    }

    /** Tells operators, and the owners of what lives there. Returns what was told, to be kept with the next write. */
    List<Fact> tell(HostId host, Instant at, String what, String reason, List<Evidence> evidence) {
        Suspicion suspicion = suspicions.get(host);
        List<Fact> facts = facts(host, at, what, data(host, reason, evidence, suspicion, at));
        notices.tell(List.copyOf(facts));
        log.info("host {}: {} ({}), {} owners told", host, what, reason, facts.size() - 1);
        return facts;
    }

    /** For operators, and for the owners of what lives there. */
    private List<Fact> facts(HostId host, Instant at, String what, Map<String, Object> ofHost) {
        List<Fact> facts = new ArrayList<>();
        facts.add(fact("host." + what, "host/" + host, null, at, ofHost));
        if (!what.equals("held") && !what.equals("left")) {
            for (Affected who : index.at(host)) {
                Map<String, Object> data = new LinkedHashMap<>(ofHost);
                data.put("instanceId", who.id().toString());
                data.put("name", who.name());
                data.put("policy", who.policy().name());
                facts.add(fact("instance." + what, "instance/" + who.id(), who.project(), at, data));
            }
        }
        return facts;
    }

    Fact fact(String type, String subject, @Nullable ProjectId project, Instant at, Map<String, Object> data) {
        return new Fact(ids.get(), type, subject, project, at, data);
    }

    private static Map<String, Object> data(
            HostId host, String reason, List<Evidence> evidence, @Nullable Suspicion suspicion, Instant at) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("host", host.value());
        data.put("reason", reason);
        data.put("evidence", lines(evidence));
        if (suspicion != null) {
            data.put("suspectedAt", suspicion.at().toString());
            data.put(
                    "sinceSuspicionMillis", Duration.between(suspicion.at(), at).toMillis());
        }
        return data;
    }

    static List<String> lines(List<Evidence> evidence) {
        return evidence.stream().map(Evidence::text).toList();
    }

    static Map<String, Object> ordered(HostId host, String text, boolean on) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("host", host.value());
        data.put("reason", text);
        data.put("on", on);
        return data;
    }
}

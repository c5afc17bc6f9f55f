package io.holdfast.scheduler;

import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.scheduler.Placement.NoValidHost;
import io.holdfast.scheduler.Placement.Refusal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds homes: a snapshot of hosts and a list of instances go in, one placement per instance comes out.
 *
 * <p><b>Intuition.</b> When a host fails, its instances come all at once. Asked one by one against the same snapshot,
 * each would be sent to the same, emptiest host; so the plan is made for all of them together, and each instance that is
 * placed uses up room for those after it. The caller's order is the order of importance.
 *
 * <p><b>Model.</b> For each instance in turn: each {@link Filter} may refuse each host with a reason; each weigher gives
 * those left some points; the most points win. A greedy plan is not always the fullest packing, and that is meant: an
 * operator can follow it by hand, and a less important instance never takes the place of a more important one.
 * Members of a {@link GroupSnapshot server group} are counted where they are and where the plan has put them: a strict
 * rule is one more filter, a soft one is one more weigher that outweighs the others.
 *
 * <p><b>Invariants.</b> What is placed on a host never exceeds what the settings allow there. No placement breaks
 * the strict rule of a group. If any single host passes
 * all filters, the answer is {@link Placed}. The answer depends on the contents of the snapshot, never on its order;
 * equal points go to the host whose name sorts first.
 *
 * <p>Pure and without state of its own: any thread may call it, and a call that is lost on the way costs nothing. It
 * reserves nothing; the claim in the database does (see the package's essay).
 */
public final class Scheduler {

    private final SchedulerSettings settings;

    public Scheduler(SchedulerSettings settings) {
        this.settings = settings;
    }

    /** As {@link #place(List, List, List)}, where no instance has a server group. */
    public List<Placement> place(List<HostSnapshot> hosts, List<PlacementRequest> requests) {
        return place(hosts, List.of(), requests);
    }

    /**
     * Plans all requests together, the first being the most important.
     *
     * @param groups the server groups that instances are in; those without members in the plan do no harm
     * @return one placement per request, in the requests' order
     * @throws IllegalArgumentException if a host appears twice in the snapshot, or an instance in two groups
     */
    public List<Placement> place(
            List<HostSnapshot> hosts, List<GroupSnapshot> groups, List<PlacementRequest> requests) {
        return new Fleet(hosts, settings).place(groups, requests);
    }

    /**
     * Places one instance and says why: of each host what each filter and each weigher says, by the same code that places.
     * Nothing is promised by it.
     *
     * @throws IllegalArgumentException as {@link #place(List, List, List)}
     */
    public Explanation explain(List<HostSnapshot> hosts, List<GroupSnapshot> groups, PlacementRequest request) {
        List<PlacementRequest> alone = List.of(request);
        Asking asking =
                new Asking(request, Companions.of(groups, alone).get(request.instance()), new Neighbours(alone));
        String policy = request.rules().policy();
        return new Explanation(
                place(hosts, groups, alone).getFirst(),
                new Fleet(hosts, settings).explain(asking),
                settings.hasPolicy(policy) ? policy : null);
    }

    /**
     * The same plan as {@link #place(List, List, List)} makes, with less work where it is asked again and again for those
     * who found no home: then only hosts that are not what they were are judged anew.
     *
     * @param last what was planned before, or null
     */
    public Plan plan(
            @Nullable Plan last,
            List<HostSnapshot> hosts,
            List<GroupSnapshot> groups,
            List<PlacementRequest> requests) {
        if (last == null || !last.asksTheSame(hosts, groups, requests)) {
            return new Plan(hosts, groups, requests, place(hosts, groups, requests));
        }
        if (last.hosts().equals(hosts)) {
            return last;
        }
        List<Placement> placements = last.foundNoHome() ? stillRefused(last, hosts) : null;
        return new Plan(hosts, groups, requests, placements == null ? place(hosts, groups, requests) : placements);
    }

    /** The refusals as they read now; null when a host that changed would take somebody. */
    private @Nullable List<Placement> stillRefused(Plan last, List<HostSnapshot> hosts) {
        List<HostSnapshot> changed = new ArrayList<>();
        for (int i = 0; i < hosts.size(); i++) {
            if (!hosts.get(i).equals(last.hosts().get(i))) {
                changed.add(hosts.get(i));
            }
        }
        Fleet others = new Fleet(changed, settings);
        Map<InstanceId, Companions> companions = Companions.of(last.groups(), last.requests());
        Neighbours neighbours = new Neighbours(last.requests());
        List<Placement> plan = new ArrayList<>(last.placements().size());
        // Who was refused alike was given one and the same object, and is again.
        IdentityHashMap<Map<HostId, List<Refusal>>, Map<HostId, List<Refusal>>> known = new IdentityHashMap<>();
        for (int i = 0; i < last.requests().size(); i++) {
            PlacementRequest request = last.requests().get(i);
            Map<HostId, List<Refusal>> before = ((NoValidHost) last.placements().get(i)).refusals();
            Map<HostId, List<Refusal>> now = known.get(before);
            if (now == null) {
                now = new LinkedHashMap<>(before);
                Map<HostId, List<Refusal>> anew =
                        others.refusals(new Asking(request, companions.get(request.instance()), neighbours));
                for (HostSnapshot host : changed) {
                    List<Refusal> objections = anew.get(host.host());
                    if (objections == null) {
                        return null;
                    }
                    now.put(host.host(), objections);
                }
                now = Collections.unmodifiableMap(now);
                known.put(before, now);
            }
            plan.add(new NoValidHost(request.instance(), now));
        }
        return plan;
    }
}

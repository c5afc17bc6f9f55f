package io.holdfast.recovery;

import io.holdfast.compute.Claims;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Placer;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Placement;
import io.holdfast.scheduler.PlacementRequest;
import io.holdfast.scheduler.Scheduler;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Chooses homes for new and stopped instances, by the same scheduler and from the same snapshot as a recovery does. Any
 * thread may call it; it reads the store.
 */
public final class SchedulerPlacer implements Placer {

    private final Hosts hosts;
    private final Claims claims;
    private final Scheduler scheduler;
    private final Predicate<HostId> avoided;

    /** @param avoided where nothing new is to be placed now, for example {@link RecoveryEngine#avoids}; must not block */
    public SchedulerPlacer(Hosts hosts, Claims claims, Scheduler scheduler, Predicate<HostId> avoided) {
        this.hosts = hosts;
        this.claims = claims;
        this.scheduler = scheduler;
        this.avoided = avoided;
    }

    @Override
    public Choice choose(InstanceId instance, Resources wants, @Nullable String zone, @Nullable HostId only) {
        return chooseAll(List.of(new Search(instance, wants, zone, only))).getFirst();
    }

    @Override
    public List<Choice> chooseAll(List<Search> all) {
        List<PlacementRequest> requests = all.stream()
                .map(one -> new PlacementRequest(one.instance(), one.wants(), one.zone(), one.only(), Map.of())
                        // Taken from a home and without one since: it is down, and an advisory keeps nobody down.
                        .after(one.recovering() ? new PlacementRequest.Loss(null, 0) : null))
                .toList();
        List<HostSnapshot> snapshots = HostSnapshots.of(hosts, avoided);
        HostSnapshots.Asked asked = HostSnapshots.asked(claims, requests, snapshots);
        // Hundreds that find no home are refused for reasons that are one and the same object; each host's words are
        // many.
        IdentityHashMap<Map<HostId, List<Placement.Refusal>>, String> told = new IdentityHashMap<>();
        List<Choice> choices = new ArrayList<>();
        for (Placement placement : scheduler.place(snapshots, asked.groups(), asked.requests())) {
            choices.add(
                    switch (placement) {
                        case Placement.Placed placed -> new Choice.Home(placed.host());
                        case Placement.NoValidHost none ->
                            new Choice.None(told.computeIfAbsent(none.refusals(), HostSnapshots::text));
                    });
        }
        return choices;
    }
}

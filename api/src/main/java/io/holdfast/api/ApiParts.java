package io.holdfast.api;

import io.holdfast.api.audit.AuditBook;
import io.holdfast.api.ha.AdvisoriesView;
import io.holdfast.api.ha.CapacityView;
import io.holdfast.api.ha.Cases;
import io.holdfast.api.ha.FenceChecks;
import io.holdfast.api.ha.GuestsView;
import io.holdfast.api.ha.HostsView;
import io.holdfast.api.ha.ImagesView;
import io.holdfast.api.ha.MetricsView;
import io.holdfast.api.ha.Moves;
import io.holdfast.api.ha.Operators;
import io.holdfast.api.ha.PowerBack;
import io.holdfast.api.ha.Says;
import io.holdfast.api.ha.ScheduleView;
import io.holdfast.api.ha.WebhooksView;
import io.holdfast.api.http.ApiService;
import io.holdfast.api.http.Operation;
import io.holdfast.api.nova.Books;
import io.holdfast.api.nova.Compute;
import io.holdfast.api.nova.ServerNetworks;
import io.holdfast.api.words.Alerts;
import io.holdfast.api.words.Words;
import io.holdfast.compute.Catalog;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Instances;
import io.holdfast.compute.ServerGroups;
import io.holdfast.fencing.PowerOn;
import io.holdfast.fencing.Rehearsal;
import io.holdfast.identity.TokenVerifier;
import io.holdfast.membership.HostStatus;
import io.holdfast.model.HostId;
import io.holdfast.notifications.Feed;
import io.holdfast.notifications.Webhooks;
import io.holdfast.recovery.Capacity;
import io.holdfast.recovery.Recovery;
import io.holdfast.recovery.ScheduleExplainer;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What the API is a view of.
 *
 * @param networks which networks servers are on
 * @param capacity what segments could survive
 * @param explainer where an instance would be placed, and why
 * @param advised what is said of hosts from outside
 * @param words weighs what monitors say of hosts
 * @param membership how a host is
 * @param health how this controller is
 * @param identity knows the tokens that are not of the settings
 * @param audit keeps the audit trail
 * @param beside other APIs on the same port, each under a prefix of its own
 */
public record ApiParts(
        Instances instances,
        Catalog catalog,
        Hosts hosts,
        ServerGroups groups,
        Books books,
        ServerNetworks networks,
        Recovery recovery,
        Capacity capacity,
        ScheduleExplainer explainer,
        Advised advised,
        Words words,
        Webhooks webhooks,
        Feed feed,
        Rehearsal rehearsal,
        PowerOn power,
        Function<HostId, Optional<HostStatus>> membership,
        Supplier<Health> health,
        TokenVerifier identity,
        AuditBook audit,
        List<ApiService> beside) {

    public ApiParts {
        beside = List.copyOf(beside);
    }

    /** Of Nova's API and of Holdfast's own, but for what the server itself knows. */
    Map<String, Operation> operations(MonitorSettings monitors, Clock clock) {
        Map<String, Operation> table = new LinkedHashMap<>(Compute.operations(
                instances, catalog, hosts, groups, books, networks, recovery, words, membership, clock));
        table.putAll(
                new HostsView(hosts, recovery, words, rehearsal, advised, membership, System::nanoTime).operations());
        table.putAll(new Alerts(hosts, recovery, words, monitors, clock).operations());
        table.putAll(new FenceChecks(hosts, rehearsal).operations());
        table.putAll(new PowerBack(hosts, power).operations());
        table.putAll(new Cases(recovery).operations());
        table.putAll(new Moves(recovery, words).operations());
        table.putAll(new Says(instances, hosts, groups, recovery).operations());
        table.putAll(new GuestsView(instances).operations());
        table.putAll(new Operators(recovery, rehearsal).operations());
        table.putAll(new AdvisoriesView(hosts, advised.book(), advised.settings(), words).operations());
        table.putAll(new CapacityView(capacity, clock).operations());
        table.putAll(new MetricsView(capacity, recovery, hosts, rehearsal, clock).operations());
        table.putAll(new ScheduleView(explainer, catalog, instances, groups).operations());
        table.putAll(new WebhooksView(webhooks, feed, instances, books.aggregates(), recovery, membership, clock)
                .operations());
        table.putAll(new ImagesView(catalog, clock).operations());
        return table;
    }
}

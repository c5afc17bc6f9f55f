package io.holdfast.api;

import io.holdfast.api.audit.AuditBook;
import io.holdfast.api.audit.FakeAuditBook;
import io.holdfast.api.http.ApiService;
import io.holdfast.api.nova.Books;
import io.holdfast.api.nova.ServerNetworks;
import io.holdfast.api.words.Words;
import io.holdfast.compute.store.StoredCompute;
import io.holdfast.identity.TokenVerifier;
import io.holdfast.notifications.NotificationService;
import io.holdfast.scheduler.AdvisorySettings;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What an API of a test is a view of, where the test does not say more. */
final class Parts {

    private Parts() {}

    /** All in memory. */
    static ApiParts of(FakeCloud cloud, NotificationService notifications, ApiService... beside) {
        return of(cloud, notifications, new FakeAuditBook(), beside);
    }

    /** All in memory, with an audit trail that is looked into. */
    static ApiParts of(FakeCloud cloud, NotificationService notifications, AuditBook audit, ApiService... beside) {
        return new ApiParts(
                cloud,
                cloud,
                cloud,
                new FakeGroups(),
                FakeBooks.make(),
                ServerNetworks.NONE,
                cloud,
                FakeCapacity::report,
                new FakeExplainer(),
                new Advised(new FakeAdvisories(), AdvisorySettings.defaults()),
                new Words(cloud, MonitorSettings.defaults(), System::nanoTime),
                notifications.webhooks(),
                notifications,
                new FakeRehearsal(),
                new FakePower(),
                cloud::status,
                () -> new Health(true, Map.of()),
                TokenVerifier.NONE,
                audit,
                List.of(beside));
    }

    /** Instances and hosts in a store. */
    static ApiParts of(
            StoredCompute compute,
            ServerNetworks networks,
            FakeCloud recovery,
            NotificationService notifications,
            ApiService... beside) {
        return new ApiParts(
                compute.instances(),
                compute.catalog(),
                compute.hosts(),
                compute.serverGroups(),
                books(compute),
                networks,
                recovery,
                FakeCapacity::report,
                new FakeExplainer(),
                new Advised(new FakeAdvisories(), AdvisorySettings.defaults()),
                new Words(recovery, MonitorSettings.defaults(), System::nanoTime),
                notifications.webhooks(),
                notifications,
                new FakeRehearsal(),
                new FakePower(),
                host -> Optional.empty(),
                () -> new Health(true, Map.of()),
                TokenVerifier.NONE,
                new FakeAuditBook(),
                List.of(beside));
    }

    static Books books(StoredCompute compute) {
        return new Books(
                compute.keyPairs(), compute.aggregates(), compute.quotas(), compute.consoles(), compute.figures());
    }
}

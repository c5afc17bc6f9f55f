package io.holdfast.compute.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Claim;
import io.holdfast.compute.HostSurroundings;
import io.holdfast.compute.Instance;
import io.holdfast.fencing.FenceProof;
import io.holdfast.model.Amounts;
import io.holdfast.model.HostId;
import io.holdfast.model.Stock;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What hosts have besides processors, memory and disk: given as often as it is there, whoever asks, and given back. */
class StoredStocksTest {

    private static final String CARD = "CUSTOM_CARD";

    private Deployment deployment;

    @BeforeEach
    void deploy(@TempDir Path shared) {
        deployment = Deployment.withCatalog(shared);
        deployment.serving("h1", "h2");
        deployment.catalog().changeExtraSpecs(Deployment.SMALL, Map.of(Amounts.SPEC + CARD, "1"), Set.of());
    }

    @AfterEach
    void close() {
        deployment.close();
    }

    @Test
    void aHostGivesAsManyAsItHasAndGetsThemBackFromWhoIsDeleted() {
        cards("h1", 3, 1);
        Instance one = running("one");
        running("two");
        assertThat(stock("h1")).isEqualTo(new Stock(2, 2, 1, 8, 1));

        Instance three = deployment.create("three", "h1");
        assertThat(three.fault()).contains("needs 1 CUSTOM_CARD, 0 free");
        assertThat(three.home()).isNull();

        deployment.instances().delete(one.id(), Deployment.OWNER);
        await().untilAsserted(() -> assertThat(stock("h1").used()).isEqualTo(1));
        deployment.start(three.id());
        await().untilAsserted(() ->
                assertThat(deployment.instance(three.id()).actual()).isEqualTo(ActualState.RUNNING));
    }

    @Test
    void whatOtherConsumersHaveCountsToo() {
        cards("h1", 2, 0);
        deployment.store.inTransactionDo(session -> {
            UUID consumer = UUID.randomUUID();
            Jdbc.update(
                    session,
                    "insert into consumer (uuid, project, user_name, updated_at) values (?, 'p', 'u', now())",
                    consumer);
            Jdbc.update(
                    session, "insert into allocation select ?, uuid, ?, 1 from host where id = 'h1'", consumer, CARD);
        });
        running("one");
        assertThat(deployment.create("two", "h1").fault()).contains("needs 1 CUSTOM_CARD, 0 free");
    }

    @Test
    void ofManyClaimsAtOnceAsManyAreGrantedAsThereAreCards() throws Exception {
        cards("h1", 6, 0);
        List<Instance> all = IntStream.range(0, 6)
                .mapToObj(number -> running("vm-" + number))
                .toList();
        FenceProof proof = deployment.fence("h1");
        assertThat(deployment.evacuate(all.getFirst(), "h2", proof))
                .isEqualTo(new Claim.HostRefused(HostId.of("h2"), "has no CUSTOM_CARD"));

        cards("h2", 2, 0);
        try (ExecutorService threads = Executors.newFixedThreadPool(6)) {
            List<Future<Claim>> claims = all.stream()
                    .map(one -> threads.submit(() -> deployment.evacuate(one, "h2", proof)))
                    .toList();
            int granted = 0;
            for (Future<Claim> claim : claims) {
                switch (claim.get()) {
                    case Claim.Granted _ -> granted++;
                    case Claim.HostRefused refused ->
                        assertThat(refused.reason()).isEqualTo("needs 1 CUSTOM_CARD, 0 free");
                    case Claim.Conflict conflict -> throw new AssertionError(conflict);
                }
            }
            assertThat(granted).isEqualTo(2);
        }
        assertThat(stock("h2")).isEqualTo(new Stock(2, 2, 1, 8, 1));
        assertThat(stock("h1").used()).isEqualTo(4);
    }

    /** The flavor as it was: who was made before it asked for cards has none. */
    @Test
    void whoWasMadeBeforeItsFlavorAskedForThemHasNone() {
        deployment.catalog().changeExtraSpecs(Deployment.SMALL, Map.of(), Set.of(Amounts.SPEC + CARD));
        Instance before = running("before");
        deployment.catalog().changeExtraSpecs(Deployment.SMALL, Map.of(Amounts.SPEC + CARD, "1"), Set.of());
        cards("h1", 1, 0);
        assertThat(stock("h1").used()).isZero();
        assertThat(deployment
                        .claims()
                        .terms(List.of(before.id()))
                        .get(before.id())
                        .wish()
                        .amounts())
                .isEqualTo(Amounts.NONE);
        Instance after = running("after");
        assertThat(deployment
                        .claims()
                        .terms(List.of(after.id()))
                        .get(after.id())
                        .wish()
                        .amounts())
                .isEqualTo(new Amounts(Map.of(CARD, 1)));
    }

    private Instance running(String name) {
        Instance made = deployment.create(name, "h1");
        await().untilAsserted(() ->
                assertThat(deployment.instance(made.id()).actual()).isEqualTo(ActualState.RUNNING));
        return deployment.instance(made.id());
    }

    private Stock stock(String host) {
        return deployment
                .hosts()
                .surroundings()
                .getOrDefault(HostId.of(host), HostSurroundings.NONE)
                .stocks()
                .get(CARD);
    }

    private void cards(String host, int total, int reserved) {
        deployment.store.inTransactionDo(session -> Jdbc.update(
                session,
                "insert into provider_inventory select uuid, ?, ?, ?, 1, 8, 1, 1.0 from host where id = ?",
                CARD,
                total,
                reserved,
                host));
    }
}

package io.holdfast.compute.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.Instance;
import io.holdfast.fencing.FenceProof;
import io.holdfast.model.HostId;
import io.holdfast.model.Resources;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is remembered of hosts is what the store says of each, whoever wrote it. */
class KnownHostsTest {

    private static final HostId H1 = HostId.of("h1");

    private Deployment deployment;

    @BeforeEach
    void deploy(@TempDir Path shared) {
        deployment = Deployment.withCatalog(shared);
        deployment.serving("h1", "h2", "h3");
        assertCurrent();
    }

    @AfterEach
    void close() {
        deployment.close();
    }

    /** The oracle reads each host by itself. */
    private void assertCurrent() {
        List<ComputeHost> listed = deployment.hosts().list();
        assertThat(listed).extracting(host -> host.id().value()).isSorted();
        assertThat(listed)
                .allSatisfy(
                        host -> assertThat(deployment.host(host.id().value())).isEqualTo(host));
        Deployment other = deployment.beside();
        try {
            assertThat(other.hosts().list()).isEqualTo(listed);
        } finally {
            other.compute.close();
        }
    }

    @Test
    void nothingIsReadAnewWhereNothingHasChanged() {
        List<ComputeHost> first = deployment.hosts().list();
        assertThat(deployment.hosts().list()).isSameAs(first);
        deployment.hosts().disable(H1, Deployment.OWNER, "to look at it");
        List<ComputeHost> second = deployment.hosts().list();
        assertThat(second.get(0).enabled()).isFalse();
        assertThat(second.get(1)).isSameAs(first.get(1));
        assertThat(first.get(0).enabled()).isTrue();
    }

    @Test
    void everyVerbIsSeen() {
        deployment.hosts().disable(H1, Deployment.OWNER, "to look at it");
        assertCurrent();
        deployment.hosts().enable(H1, Deployment.OWNER);
        assertCurrent();
        deployment.introduce("h2", "h2-boot-1", new Resources(16, 2048, 100));
        assertCurrent();
        Instance web = deployment.create("web", "h1");
        assertCurrent();
        FenceProof proof = deployment.fence("h1");
        assertCurrent();
        deployment.evacuate(web, "h3", proof);
        assertCurrent();
        deployment.serving("h4");
        assertCurrent();
        assertThat(deployment.hosts().list()).hasSize(4);
    }

    /** By statements that no row of ours counts: another module's, or a database administrator's. */
    @Test
    void whatIsWrittenPastTheRowsIsSeenToo() {
        write("update host set memory_mib_reserved = 64 where id = 'h2'");
        assertCurrent();
        assertThat(deployment.hosts().list().get(1).capacity().memoryMib()).isEqualTo(960);
        write("update host set zone = 'east'");
        assertCurrent();
        write("delete from host where id = 'h3'");
        assertCurrent();
        assertThat(deployment.hosts().list()).hasSize(2);
    }

    @Test
    void whatWasRolledBackWasNever() {
        List<ComputeHost> before = deployment.hosts().list();
        assertThatThrownBy(() -> deployment.store.inTransactionDo(session -> {
                    int _ = Jdbc.update(session, "update host set enabled = false");
                    throw new IllegalStateException("no");
                }))
                .hasMessage("no");
        assertThat(deployment.hosts().list()).isSameAs(before);
    }

    @Test
    void manyAreReadTogetherAndFewByName() {
        deployment.store.inTransactionDo(session -> {
            int _ = Jdbc.update(
                    session,
                    "insert into host (id, uuid, segment, state) select 'm' || lpad(n::text, 5, '0'), gen_random_uuid(),"
                            + " 'default', 'JOINING' from generate_series(1, 1500) n");
        });
        assertThat(deployment.hosts().list()).hasSize(1503);
        Random random = new Random(11);
        for (int round = 0; round < 20; round++) {
            int from = random.nextInt(1500);
            write("update host set vcpus = vcpus + 1 where id between 'm%05d' and 'm%05d'"
                    .formatted(from, from + random.nextInt(1200)));
            Map<HostId, Integer> now = deployment.hosts().list().stream()
                    .collect(java.util.stream.Collectors.toMap(
                            ComputeHost::id, host -> host.capacity().vcpus()));
            Map<HostId, Integer> said = deployment
                    .store
                    .inTransaction(session -> Jdbc.list(
                            session,
                            row -> Map.entry(HostId.of(row.getString(1)), row.getInt(2)),
                            "select id, vcpus from host"))
                    .stream()
                    .collect(java.util.stream.Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
            assertThat(now).isEqualTo(said);
        }
    }

    private void write(String sql) {
        deployment.store.inTransactionDo(session -> {
            int _ = Jdbc.update(session, sql);
        });
    }
}

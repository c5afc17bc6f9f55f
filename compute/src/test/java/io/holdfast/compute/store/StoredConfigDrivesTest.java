package io.holdfast.compute.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.DriverException;
import io.holdfast.compute.GuestSpec;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.Instances;
import io.holdfast.compute.KeyPairs.KeyPair;
import io.holdfast.compute.NetworkWish;
import io.holdfast.compute.Particulars;
import io.holdfast.model.InstanceId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What guests read of themselves is there before they are started, whatever dies in between. */
class StoredConfigDrivesTest {

    private static final String META = "openstack/latest/meta_data.json";
    private static final String USER_DATA = "openstack/latest/user_data";

    private Deployment deployment;

    @BeforeEach
    void deploy(@TempDir Path shared) {
        deployment = Deployment.withCatalog(shared);
        deployment.serving("h1");
        deployment.compute.start();
        deployment.compute.keyPairs().add(new KeyPair("ann", "k", "ssh", "ssh-ed25519 AAAA", "aa:bb", Instant.EPOCH));
    }

    @AfterEach
    void close() {
        deployment.close();
    }

    private Instance create(boolean asked, @Nullable String key, @Nullable String userData) {
        return deployment.create(new Instances.NewInstance(
                "vm",
                Deployment.PROJECT,
                "ann",
                Deployment.SMALL,
                Deployment.IMAGE,
                null,
                null,
                List.of(),
                Map.of(),
                null,
                new Particulars(null, null, null, key, "r-1", 0, asked),
                userData,
                new NetworkWish.None()));
    }

    private Instance awaits(InstanceId id, ActualState actual) {
        await().untilAsserted(() -> assertThat(deployment.instance(id).actual()).isEqualTo(actual));
        return deployment.instance(id);
    }

    private List<InstanceOrder> orders() {
        return deployment.agents.at("h1").orders;
    }

    private static String file(Instance vm, String name) {
        return "instances/" + vm.id() + "/" + name;
    }

    private String read(Instance vm, String drive, String name) {
        return new String(deployment.drives.written.get(file(vm, drive)).get(name), StandardCharsets.UTF_8);
    }

    @Test
    void aKeyOrUserDataBringsADriveThatIsThereBeforeItsGuestStarts() {
        Instance vm = create(false, "k", "IyE=");
        assertThat(vm.particulars().configDrive()).isTrue();
        awaits(vm.id(), ActualState.RUNNING);
        assertThat(orders().getLast().spec().configDrive()).isEqualTo(file(vm, "config.iso"));
        assertThat(read(vm, "config.iso", META))
                .contains("ssh-ed25519 AAAA")
                .contains(vm.id().toString());
        assertThat(read(vm, "config.iso", USER_DATA)).isEqualTo("#!");
    }

    @Test
    void withoutEitherThereIsOneForWhoAsksAlone() {
        Instance without = create(false, null, null);
        awaits(without.id(), ActualState.RUNNING);
        assertThat(orders().getLast().spec().configDrive()).isNull();
        assertThat(deployment.drives.writes).hasValue(0);
        Instance with = create(true, null, null);
        awaits(with.id(), ActualState.RUNNING);
        assertThat(deployment.drives.written).containsOnlyKeys(file(with, "config.iso"));
    }

    @Test
    void itIsWrittenOnceAndAgainWhenItIsBegunAnewByForceAlsoWithoutTheKeyPair() {
        Instance vm = create(false, "k", null);
        awaits(vm.id(), ActualState.RUNNING);
        deployment.instances().stop(vm.id(), Deployment.OWNER);
        awaits(vm.id(), ActualState.STOPPED);
        deployment.instances().start(vm.id(), Deployment.OWNER);
        awaits(vm.id(), ActualState.RUNNING);
        assertThat(deployment.drives.writes).hasValue(1);

        deployment.compute.keyPairs().delete("ann", "k");
        deployment.instances().setMetadata(vm.id(), Map.of("role", "db"));
        deployment.drives.written.clear();
        deployment.instances().reboot(vm.id(), false, Deployment.OWNER);
        await().untilAsserted(
                        () -> assertThat(deployment.instance(vm.id()).task()).isNull());
        assertThat(read(vm, "config.iso", META)).contains("ssh-ed25519 AAAA").contains("\"role\":\"db\"");
        assertThat(deployment.drives.writes).hasValue(2);
    }

    @Test
    void aNewDiskHasANewDrive() {
        Instance vm = create(false, null, null);
        awaits(vm.id(), ActualState.RUNNING);
        deployment
                .instances()
                .rebuild(
                        vm.id(),
                        new Instances.Rebuild(Deployment.IMAGE, null, null, said -> said.withKeyName("k"), "aGVsbG8="),
                        Deployment.OWNER);
        await().untilAsserted(
                        () -> assertThat(deployment.instance(vm.id()).task()).isNull());
        assertThat(awaits(vm.id(), ActualState.RUNNING).particulars().configDrive())
                .isTrue();
        assertThat(orders().getLast().spec().configDrive()).isEqualTo(file(vm, "config-1.iso"));
        assertThat(read(vm, "config-1.iso", META)).contains("ssh-ed25519 AAAA");
        assertThat(read(vm, "config-1.iso", USER_DATA)).isEqualTo("hello");
    }

    @Test
    void whatCannotBeWrittenFailsWithItsReasonAndAForcedRebootTriesAgain() {
        deployment.drives.fail(new DriverException("no room on the shared storage"));
        Instance vm = create(true, null, null);
        assertThat(awaits(vm.id(), ActualState.FAILED).fault()).contains("no room on the shared storage");
        assertThat(orders()).isEmpty();
        deployment.drives.fail(null);
        deployment.instances().reboot(vm.id(), false, Deployment.OWNER);
        awaits(vm.id(), ActualState.RUNNING);
        assertThat(deployment.drives.written).containsKey(file(vm, "config.iso"));
    }

    @Test
    void storageThatStallsIsWaitedFor() {
        deployment.drives.fail(DriverException.unconfirmed("stalled", new IOException("time-out")));
        Instance vm = create(true, null, null);
        await().until(() -> deployment.drives.writes.get() >= 3);
        assertThat(deployment.instance(vm.id()).actual()).isEqualTo(ActualState.BUILDING);
        assertThat(orders()).isEmpty();
        deployment.drives.fail(null);
        awaits(vm.id(), ActualState.RUNNING);
    }

    @Test
    void whoseStorageNeverAnswersFailsWithThatReason() {
        deployment.drives.fail(DriverException.unconfirmed("the storage is stalled", new IOException("time-out")));
        Instance vm = create(true, null, null);
        assertThat(awaits(vm.id(), ActualState.FAILED).fault()).contains("the storage is stalled");
        assertThat(deployment.drives.writes).hasValueGreaterThan(2);
        assertThat(orders()).isEmpty();
    }

    @Test
    void whatIsDeletedWhileItsDriveIsWrittenIsNotStarted() {
        deployment.drives.meanwhile = () -> deployment
                .instances()
                .list(null)
                .forEach(one -> deployment.instances().delete(one.id(), Deployment.OWNER));
        Instance vm = create(true, null, null);
        await().until(() -> deployment.instances().find(vm.id()).isEmpty()
                || deployment.instance(vm.id()).actual() == ActualState.DELETED);
        assertThat(orders()).noneMatch(order -> order.goal() == InstanceGoal.RUNNING);
        assertThat(orders()).anyMatch(order -> order.goal() == InstanceGoal.DELETED);
    }

    /** Told with what the host owns, its agent would start it without. */
    @Test
    void aHostThatIsAdoptedMeanwhileIsNotToldOfOneWithoutItsDrive() {
        deployment.drives.fail(DriverException.unconfirmed("stalled", new IOException("time-out")));
        Instance vm = create(true, null, null);
        Instance other = create(false, null, null);
        awaits(other.id(), ActualState.RUNNING);
        deployment.introduce("h1", "h1-boot-1");
        deployment.admit("h1");
        assertThat(deployment.agents.at("h1").adoptions.getLast().owned())
                .extracting(InstanceOrder::instance)
                .containsExactly(other.id());
        deployment.drives.fail(null);
        awaits(vm.id(), ActualState.RUNNING);
    }

    /** The controller that wrote it may have died before it could say so: the next one writes it anew. */
    @Test
    void anEvacuationDoesNotTouchTheStorage() {
        Instance vm = create(true, null, null);
        vm = awaits(vm.id(), ActualState.RUNNING);
        deployment.serving("h2");
        deployment.evacuate(vm, "h2", deployment.fence("h1"));
        deployment.compute.delivery().deliver(vm.id());
        awaits(vm.id(), ActualState.RUNNING);
        GuestSpec told = deployment.agents.at("h2").orders.getLast().spec();
        assertThat(told.configDrive()).isEqualTo(file(vm, "config.iso"));
        assertThat(deployment.drives.writes).hasValue(1);
    }
}

package io.holdfast.compute.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.Claim;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceAction;
import io.holdfast.compute.Instances.NewInstance;
import io.holdfast.compute.ServerGroups.NewGroup;
import io.holdfast.fencing.FenceProof;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.Resources;
import io.holdfast.model.ServerGroupId;
import io.holdfast.store.StaleLeaderException;
import io.holdfast.store.StoreUnavailable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Claims that are asked for at one moment are made in one transaction, and each is answered as if it were alone. */
class ClaimsTogetherTest {

    private Deployment deployment;

    @BeforeEach
    void deploy(@TempDir Path shared) {
        deployment = Deployment.withCatalog(shared);
        for (String host : List.of("h1", "h2", "h3")) {
            deployment.introduce(host, host + "-boot", new Resources(64, 64 * 128, 100));
            deployment.admit(host);
        }
    }

    @AfterEach
    void close() {
        deployment.close();
    }

    /** Waits in the database for a first claim, until all of these have gathered behind it. */
    private List<FutureTask<Claim>> together(Callable<Claim> first, List<Callable<Claim>> others) throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        Thread holder = holdH1(release);
        List<FutureTask<Claim>> answers = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        begin(first, answers, threads);
        await().until(() -> waitsForALock());
        others.forEach(other -> begin(other, answers, threads));
        await().until(() -> threads.stream().allMatch(thread -> thread.getState() == Thread.State.TIMED_WAITING));
        release.countDown();
        holder.join();
        for (Thread thread : threads) {
            thread.join();
        }
        return answers;
    }

    /** Its row is locked by somebody else until it is released. */
    private Thread holdH1(CountDownLatch release) throws InterruptedException {
        CountDownLatch locked = new CountDownLatch(1);
        Thread holder = Thread.ofPlatform()
                .start(() -> deployment.store.inTransactionDo(session -> {
                    Jdbc.list(session, row -> "", "select id from host where id = 'h1' for update");
                    locked.countDown();
                    try {
                        assertThat(release.await(20, TimeUnit.SECONDS)).isTrue();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }));
        assertThat(locked.await(10, TimeUnit.SECONDS)).isTrue();
        return holder;
    }

    private static void begin(Callable<Claim> call, List<FutureTask<Claim>> answers, List<Thread> threads) {
        FutureTask<Claim> task = new FutureTask<>(call);
        answers.add(task);
        threads.add(Thread.ofPlatform().start(task));
    }

    private boolean waitsForALock() {
        return deployment.store.inTransaction(session -> Jdbc.first(
                                session,
                                row -> row.getInt(1),
                                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")
                        .orElseThrow())
                > 0;
    }

    private static void fails(FutureTask<Claim> answer, Class<? extends Exception> how) {
        assertThatThrownBy(answer::get).isInstanceOf(ExecutionException.class).hasCauseInstanceOf(how);
    }

    @Test
    void eachIsAnsweredForItselfAndTheBooksAreRight() throws Exception {
        List<Instance> all = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            all.add(deployment.create("web-" + i, "h1"));
        }
        FenceProof proof = deployment.fence("h1");
        List<Callable<Claim>> calls = new ArrayList<>();
        for (Instance one : all) {
            calls.add(() -> deployment.evacuate(one, one.name().endsWith("7") ? "h3" : "h2", proof));
        }
        // Asked for again, as after an answer that was lost; and to another host.
        calls.add(() -> deployment.evacuate(all.get(5), "h2", proof));
        calls.add(() -> deployment.evacuate(all.get(5), "h3", proof));
        calls.add(() -> deployment.evacuate(all.get(6), "nowhere", proof));

        List<FutureTask<Claim>> answers = together(calls.getFirst(), calls.subList(1, calls.size()));

        for (int i = 0; i < 40; i++) {
            assertThat(answers.get(i).get()).isInstanceOf(Claim.Granted.class);
            Instance moved = deployment.instance(all.get(i).id());
            assertThat(moved.home()).isEqualTo(HostId.of(i % 10 == 7 ? "h3" : "h2"));
            assertThat(moved.task()).isEqualTo("evacuating");
            assertThat(deployment.instances().actions(moved.id()))
                    .extracting(InstanceAction::action)
                    .containsExactly("evacuate", "create");
        }
        assertThat(List.of(answers.get(40).get(), answers.get(41).get()))
                .allMatch(claim -> claim instanceof Claim.Granted || claim instanceof Claim.Conflict);
        assertThat(answers.get(42).get()).isNotInstanceOf(Claim.Granted.class);
        assertThat(deployment.outbox()).hasSize(40).containsOnly("test.moved");
        for (String host : List.of("h1", "h2", "h3")) {
            deployment.assertBooksAreRight(host);
        }
    }

    @Test
    void whatIsRefusedAsAWholeForOneIsRefusedOfThatOne() throws Exception {
        List<Instance> all = List.of(
                deployment.create("a", "h1"),
                deployment.create("b", "h1"),
                deployment.create("c", "h1"),
                deployment.create("d", "h1"));
        FenceProof proof = deployment.fence("h1");
        LeaderEpoch old = deployment.leader();
        deployment.hosts().condemn(HostId.of("h3"), HostEpoch.ZERO, LeaderEpoch.of(2), List.of());
        LeaderEpoch now = LeaderEpoch.of(2);

        List<FutureTask<Claim>> answers = together(
                () -> claim(all.get(0), proof, now),
                List.of(
                        () -> claim(all.get(1), proof, old),
                        () -> claim(all.get(2), deployment.proof("h9", HostEpoch.of(1)), now),
                        () -> claim(all.get(3), proof, now)));

        assertThat(answers.get(0).get()).isInstanceOf(Claim.Granted.class);
        fails(answers.get(1), StaleLeaderException.class);
        fails(answers.get(2), ComputeException.class);
        assertThat(answers.get(3).get()).isInstanceOf(Claim.Granted.class);
        assertThat(deployment.instance(all.get(1).id()).home()).isEqualTo(HostId.of("h1"));
    }

    private Claim claim(Instance instance, FenceProof proof, LeaderEpoch leader) {
        return deployment
                .claims()
                .evacuate(instance.id(), instance.generation(), HostId.of("h2"), proof, false, leader, List.of());
    }

    @Test
    void ofTwoThatMustBeApartOneOnly() throws Exception {
        ServerGroupId apart = deployment
                .compute
                .serverGroups()
                .create(
                        new NewGroup("apart", Deployment.PROJECT, "user", GroupPolicy.ANTI_AFFINITY, null),
                        Deployment.OWNER)
                .id();
        Instance a = member("a", "h1", apart);
        Instance b = member("b", "h3", apart);
        Instance alone = deployment.create("alone", "h1");
        FenceProof ofH1 = deployment.fence("h1");
        FenceProof ofH3 = deployment.fence("h3");

        List<FutureTask<Claim>> answers = together(
                () -> deployment.evacuate(alone, "h2", ofH1),
                List.of(() -> deployment.evacuate(a, "h2", ofH1), () -> deployment.evacuate(b, "h2", ofH3)));

        List<Claim> claims = List.of(answers.get(1).get(), answers.get(2).get());
        assertThat(claims).filteredOn(Claim.Granted.class::isInstance).hasSize(1);
        assertThat(claims).filteredOn(Claim.Conflict.class::isInstance).hasSize(1);
    }

    private Instance member(String name, String host, ServerGroupId group) {
        NewInstance plain = Deployment.wanted(name, host);
        return deployment.create(new NewInstance(
                plain.name(),
                plain.project(),
                plain.user(),
                plain.flavor(),
                plain.image(),
                null,
                plain.host(),
                List.of(),
                Map.of(),
                group));
    }

    @Test
    void whoIsInterruptedWhileItWaitsIsToldThatNothingIsKnownAndAsksAgain() throws Exception {
        Instance web = deployment.create("web", "h1");
        FenceProof proof = deployment.fence("h1");
        FutureTask<Claim> answer = new FutureTask<>(() -> deployment.evacuate(web, "h2", proof));
        CountDownLatch release = new CountDownLatch(1);
        Thread holder = holdH1(release);
        Thread asking = Thread.ofPlatform().start(answer);
        await().until(this::waitsForALock);
        asking.interrupt();
        assertThatThrownBy(answer::get)
                .cause()
                .isInstanceOfSatisfying(
                        StoreUnavailable.class,
                        e -> assertThat(e.outcomeUnknown()).isTrue());
        release.countDown();
        holder.join();
        assertThat(deployment.evacuate(web, "h2", proof)).isInstanceOf(Claim.Granted.class);
        assertThat(deployment.outbox()).containsExactly("test.moved");
    }

    @Test
    void afterTheEndNothingIsClaimedAndNobodyWaits() {
        Instance web = deployment.create("web", "h1");
        FenceProof proof = deployment.fence("h1");
        deployment.compute.close();
        assertThatThrownBy(() -> deployment.evacuate(web, "h2", proof)).isInstanceOf(StoreUnavailable.class);
        assertThat(deployment.instance(web.id()).home()).isEqualTo(HostId.of("h1"));
    }
}

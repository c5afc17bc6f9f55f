package io.holdfast.membership.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.membership.AgentHealth;
import io.holdfast.membership.AgentHealth.Aspect;
import io.holdfast.membership.AgentHealth.Finding;
import io.holdfast.membership.AgentHealth.Grade;
import io.holdfast.membership.HostRegistration;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.TestPki;
import io.holdfast.membership.core.Observation;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.secrets.TlsKeys;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.zookeeper.CreateMode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An agent's word through a real ZooKeeper. */
final class HealthWatchTest {

    private static final SegmentId SEGMENT = SegmentId.of("s1");
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final HostId H1 = HostId.of("h1");

    @TempDir
    Path directory;

    @TempDir
    static Path pki;

    private static TlsKeys tls;

    private MembershipSettings settings;
    private EmbeddedZooKeeper zookeeper;
    private Coordination controllers;
    private HealthWatch watch;
    private final List<Observation.AgentWord> words = new CopyOnWriteArrayList<>();
    private final Map<HostId, Observation.AgentWord> last = new ConcurrentHashMap<>();
    private final AtomicInteger reads = new AtomicInteger();

    @BeforeAll
    static void makeIdentity() throws Exception {
        tls = TestPki.create(pki);
    }

    @BeforeEach
    void open() throws Exception {
        MembershipSettings basis = MembershipSettings.defaults().at(null, "127.0.0.1", 0, 0);
        zookeeper = EmbeddedZooKeeper.start(directory.resolve("zookeeper"), basis, tls);
        settings = basis.at(zookeeper.connectString(), "127.0.0.1", 0, 0);
        controllers = Coordination.connect(settings, tls);
        watch = new HealthWatch(controllers, SEGMENT);
        watch.start(observation -> {
            if (observation instanceof Observation.AgentWord word) {
                last.put(word.host(), word);
                words.add(word);
            } else {
                assertThat(observation).isEqualTo(new Observation.WordsRead());
                reads.incrementAndGet();
            }
        });
    }

    @AfterEach
    void close() throws Exception {
        watch.close();
        controllers.close();
        zookeeper.close();
    }

    private static AgentHealth libvirt(Grade grade, String detail) {
        return new AgentHealth(List.of(new Finding(Aspect.LIBVIRT, grade, detail)));
    }

    private HealthVoice voice(Coordination coordination, String host, String session) {
        HealthVoice voice = new HealthVoice(
                coordination,
                new HostRegistration(
                        HostId.of(host),
                        SEGMENT,
                        "nova",
                        "boot-1",
                        session,
                        "127.0.0.1",
                        8775,
                        Resources.NOTHING,
                        FailureDomains.NONE,
                        0,
                        null));
        voice.start();
        return voice;
    }

    private void awaitWord(HostId host, String session, AgentHealth health) {
        await().atMost(LIMIT)
                .untilAsserted(
                        () -> assertThat(last).containsEntry(host, new Observation.AgentWord(host, session, health)));
    }

    private int version(String host) throws Exception {
        return controllers
                .client()
                .checkExists()
                .forPath(Coordination.path(SEGMENT, "health/" + host))
                .getVersion();
    }

    @Test
    void aWordIsHeardWhenItChangesAgainAfterARestartAndNotAfterItsSession() throws Exception {
        Coordination agent = Coordination.connect(settings, tls);
        HealthVoice voice = voice(agent, "h1", "session-1");
        voice.say(libvirt(Grade.GOOD, "answers in 2 ms"), LIMIT);
        awaitWord(H1, "session-1", libvirt(Grade.GOOD, "answers in 2 ms"));

        voice.say(libvirt(Grade.BAD, "has not answered for 3 s"), LIMIT);
        long saidNanos = System.nanoTime();
        awaitWord(H1, "session-1", libvirt(Grade.BAD, "has not answered for 3 s"));
        assertThat(Duration.ofNanos(System.nanoTime() - saidNanos)).isLessThan(Duration.ofSeconds(5));

        zookeeper.restart();
        voice.say(libvirt(Grade.GOOD, "is back"), LIMIT);
        awaitWord(H1, "session-1", libvirt(Grade.GOOD, "is back"));

        voice.close();
        agent.close();
        awaitWord(H1, "session-1", AgentHealth.UNSAID);
    }

    @Test
    void aNewSessionTakesOverAndTheWordIsItsOwn() throws Exception {
        Coordination first = Coordination.connect(settings, tls);
        HealthVoice before = voice(first, "h1", "session-1");
        before.say(libvirt(Grade.BAD, "old"), LIMIT);
        awaitWord(H1, "session-1", libvirt(Grade.BAD, "old"));
        Coordination second = Coordination.connect(settings, tls);
        HealthVoice after = voice(second, "h1", "session-2");
        after.say(libvirt(Grade.GOOD, "new"), LIMIT);

        // While the first session lasts its node is not taken away from it.
        await().during(Duration.ofSeconds(2))
                .atMost(LIMIT)
                .untilAsserted(() -> assertThat(last.get(H1).agentSession()).isEqualTo("session-1"));
        before.close();
        first.close();
        awaitWord(H1, "session-2", libvirt(Grade.GOOD, "new"));
        after.close();
        second.close();
    }

    @Test
    void whateverTheAgentSaysItWritesTwiceASecondAtMostAndAtLeastEveryFiveSeconds() throws Exception {
        Coordination agent = Coordination.connect(settings, tls);
        HealthVoice voice = voice(agent, "h1", "session-1");
        voice.say(libvirt(Grade.GOOD, "0"), LIMIT);
        awaitWord(H1, "session-1", libvirt(Grade.GOOD, "0"));
        int atFirst = version("h1");
        long beganNanos = System.nanoTime();
        int[] number = {0};
        await().pollInterval(Duration.ofMillis(5)).atMost(LIMIT).until(() -> {
            number[0]++;
            // The grade turns with each write and stays in between: one that turned by itself could be the same at
            // every look.
            boolean good = (version("h1") - atFirst) % 2 != 0;
            voice.say(libvirt(good ? Grade.GOOD : Grade.POOR, "flutter " + number[0]), LIMIT);
            return System.nanoTime() - beganNanos > Duration.ofSeconds(3).toNanos();
        });
        double seconds = (System.nanoTime() - beganNanos) / 1e9;
        assertThat(version("h1") - atFirst).isBetween(2, (int) Math.ceil(2 * seconds) + 1);

        voice.say(libvirt(Grade.POOR, "quiet"), LIMIT);
        awaitWord(H1, "session-1", libvirt(Grade.POOR, "quiet"));
        voice.say(libvirt(Grade.POOR, "quiet, and repeated"), LIMIT);
        long quietNanos = System.nanoTime();
        awaitWord(H1, "session-1", libvirt(Grade.POOR, "quiet, and repeated"));
        assertThat(Duration.ofNanos(System.nanoTime() - quietNanos)).isLessThan(AgentHealth.REPEAT.plusSeconds(5));
        voice.close();
        agent.close();
    }

    @Test
    void aWordThatNobodyRenewsIsNotRepeatedAsItWasButSaidToBeUnknownAgainAndAgain() throws Exception {
        Coordination agent = Coordination.connect(settings, tls);
        HealthVoice voice = voice(agent, "h1", "session-1");
        voice.say(libvirt(Grade.GOOD, "answers in 2 ms"), Duration.ofSeconds(2));
        awaitWord(H1, "session-1", libvirt(Grade.GOOD, "answers in 2 ms"));

        await().atMost(LIMIT).until(() -> grade() == Grade.UNKNOWN);
        String first = detail();
        assertThat(first).matches("nobody has looked for [2-9] s; before that good: answers in 2 ms");
        await().atMost(LIMIT).until(() -> !detail().equals(first));
        assertThat(grade()).isEqualTo(Grade.UNKNOWN);
        assertThat(detail()).matches("nobody has looked for \\d+ s; before that good: answers in 2 ms");

        voice.say(libvirt(Grade.GOOD, "answers in 3 ms"), LIMIT);
        awaitWord(H1, "session-1", libvirt(Grade.GOOD, "answers in 3 ms"));
        voice.close();
        agent.close();
    }

    @Test
    void whatIsRepeatedWordForWordIsReadAgain() throws Exception {
        Coordination agent = Coordination.connect(settings, tls);
        HealthVoice voice = voice(agent, "h1", "session-1");
        voice.say(libvirt(Grade.GOOD, "as ever"), Duration.ofMinutes(1));
        awaitWord(H1, "session-1", libvirt(Grade.GOOD, "as ever"));
        int before = words.size();
        await().atMost(LIMIT).until(() -> words.size() >= before + 2);
        assertThat(words).containsOnly(new Observation.AgentWord(H1, "session-1", libvirt(Grade.GOOD, "as ever")));
        voice.close();
        agent.close();
    }

    private Grade grade() {
        return last.get(H1).health().findings().getFirst().grade();
    }

    private String detail() {
        return last.get(H1).health().findings().getFirst().detail();
    }

    @Test
    void thatAllIsReadIsSaidOnceASecondAndNotWhileZooKeeperIsAway() throws Exception {
        await().atMost(LIMIT).until(() -> reads.get() > 0);
        int before = reads.get();
        long beganNanos = System.nanoTime();
        await().atMost(LIMIT).until(() -> reads.get() >= before + 3);
        assertThat(Duration.ofNanos(System.nanoTime() - beganNanos)).isGreaterThan(Duration.ofMillis(1900));

        zookeeper.close();
        await().atMost(LIMIT).until(() -> !controllers.isConnected());
        int atItsEnd = reads.get();
        await().during(Duration.ofSeconds(3))
                .atMost(LIMIT)
                .untilAsserted(() -> assertThat(reads.get()).isLessThanOrEqualTo(atItsEnd + 1));
    }

    @Test
    void whatCannotBeReadIsUnknownAndDoesNotDeafenTheWatch() throws Exception {
        put("h1", CreateMode.EPHEMERAL, "nonsense");
        put("h2", CreateMode.EPHEMERAL, "{\"agentSession\":\"s2\",\"findings\":[]}");
        put("h3", CreateMode.PERSISTENT, "{\"agentSession\":\"s3\",\"findings\":[]}");
        put("no host at all", CreateMode.EPHEMERAL, "{\"agentSession\":\"s4\",\"findings\":[]}");

        awaitWord(HostId.of("h2"), "s2", AgentHealth.UNSAID);
        await().atMost(LIMIT).until(() -> last.containsKey(H1) && last.containsKey(HostId.of("h3")));
        assertThat(last.get(H1).health().findings()).allSatisfy(finding -> {
            assertThat(finding.grade()).isEqualTo(Grade.UNKNOWN);
            assertThat(finding.detail()).startsWith("its word cannot be read: it is not JSON");
        });
        assertThat(last.get(HostId.of("h3")).health().findings())
                .allSatisfy(finding -> assertThat(finding.detail()).endsWith("it belongs to no session"));
        assertThat(last).hasSize(3);

        // A word that becomes readable is heard.
        controllers
                .client()
                .setData()
                .forPath(
                        Coordination.path(SEGMENT, "health/h1"),
                        new HealthRecord("s1", libvirt(Grade.GOOD, "fine")).encode(7));
        awaitWord(H1, "s1", libvirt(Grade.GOOD, "fine"));
    }

    @Test
    void nothingIsSaidOnceItIsClosed() throws Exception {
        put("h1", CreateMode.EPHEMERAL, "{\"agentSession\":\"s1\",\"findings\":[]}");
        awaitWord(H1, "s1", AgentHealth.UNSAID);
        watch.close();
        int heard = words.size();
        put("h2", CreateMode.EPHEMERAL, "{\"agentSession\":\"s2\",\"findings\":[]}");
        await().during(Duration.ofSeconds(2))
                .atMost(LIMIT)
                .untilAsserted(() -> assertThat(words).hasSize(heard));
    }

    private void put(String name, CreateMode mode, String text) throws Exception {
        controllers
                .client()
                .create()
                .creatingParentsIfNeeded()
                .withMode(mode)
                .forPath(Coordination.path(SEGMENT, "health/" + name), text.getBytes(StandardCharsets.UTF_8));
    }
}

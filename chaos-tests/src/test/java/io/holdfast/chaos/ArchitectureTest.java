package io.holdfast.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The import check: arrows between modules, purity of the cores, and one package for each technology.
 *
 * <p>Every rule is run twice: on the product, where it must hold, and (see the last tests) on a few lines that break it
 * on purpose, where it must fail. A rule that cannot fail checks nothing.
 */
final class ArchitectureTest {

    private static final String ROOT = "io.holdfast.";

    /** Module by module, whom it may know besides itself. Anything else of ours is a wrong arrow. */
    private static final Map<String, Set<String>> ARROWS = Map.ofEntries(
            Map.entry("model", Set.of()),
            Map.entry("secrets", Set.of("model")),
            Map.entry("store", Set.of("model", "secrets")),
            Map.entry("membership", Set.of("model", "secrets")),
            Map.entry("slot", Set.of("model")),
            Map.entry("fencing", Set.of("model", "secrets", "slot")),
            Map.entry("scheduler", Set.of("model")),
            Map.entry("compute", Set.of("model", "secrets", "fencing")),
            Map.entry("network", Set.of("model", "compute")),
            Map.entry("placement", Set.of("model", "compute")),
            Map.entry("recovery", Set.of("model", "membership", "fencing", "compute", "scheduler")),
            Map.entry("notifications", Set.of("model", "secrets")),
            Map.entry("identity", Set.of("model", "secrets")),
            Map.entry(
                    "api",
                    Set.of(
                            "model",
                            "secrets",
                            "membership",
                            "slot",
                            "fencing",
                            "compute",
                            "network",
                            "placement",
                            "scheduler",
                            "recovery",
                            "notifications",
                            "identity")),
            // The lab starts processes and holds their BMCs; it knows how a BMC speaks, and nothing else of ours.
            Map.entry("lab", Set.of("model", "secrets", "fencing", "compute")));

    /** Where a technology may be touched; everywhere else its packages must not be named. */
    private static final Map<String, List<String>> TECHNOLOGIES = Map.ofEntries(
            Map.entry("org.libvirt..", List.of("compute.libvirt..")),
            Map.entry("com.sun.jna..", List.of("compute.libvirt..")),
            Map.entry("org.jgroups..", List.of("membership.jgroups..")),
            Map.entry("org.apache.zookeeper..", List.of("membership.zookeeper..", "chaos.bench.zookeeper..")),
            Map.entry("org.apache.curator..", List.of("membership.zookeeper..")),
            Map.entry("java.lang.foreign..", List.of("fencing.agents..", "server.agent.health..")),
            Map.entry("io.grpc..", List.of("compute.grpc..", "compute.agent..")),
            Map.entry("com.rabbitmq..", List.of("notifications.amqp..")),
            Map.entry("io.vertx..", List.of("api..", "notifications..", "server..")),
            Map.entry("org.hibernate..", List.of("store..", "*.store..")),
            Map.entry("jakarta.persistence..", List.of("store..", "*.store..")),
            Map.entry("com.zaxxer.hikari..", List.of("store..")),
            Map.entry("org.flywaydb..", List.of("store..")),
            Map.entry("org.postgresql..", List.of("store..")),
            Map.entry("org.bouncycastle..", List.of("server.pki..", "identity.crypto..")),
            // Whoever seals has to know what may be sealed, and how often; IPMI has ciphers of its own.
            Map.entry(
                    "javax.crypto..",
                    List.of(
                            "fencing.ipmi.rmcp..",
                            "identity.crypto..",
                            "notifications.store..",
                            "notifications.webhook..",
                            "secrets..")),
            Map.entry("picocli..", List.of("server..", "lab..", "chaos.sim.cli..", "chaos.bench.cli..")),
            Map.entry("ch.qos.logback..", List.of("server.logging..")));

    private static final JavaClasses PRODUCT = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.holdfast");

    // --- arrows ---

    static List<String> modules() {
        return ARROWS.keySet().stream().sorted().toList();
    }

    @ParameterizedTest
    @MethodSource("modules")
    void knowsOnlyTheModulesThatItsArrowsPointTo(String module) {
        arrows(module).check(PRODUCT);
    }

    private static ArchRule arrows(String module) {
        List<String> forbidden = new ArrayList<>();
        for (String other : ARROWS.keySet()) {
            if (!other.equals(module) && !ARROWS.get(module).contains(other) && !other.equals("store")) {
                forbidden.add(ROOT + other + "..");
            }
        }
        forbidden.add(ROOT + "server..");
        forbidden.add(ROOT + "chaos..");
        return ArchRuleDefinition.noClasses()
                .that()
                .resideInAPackage(ROOT + module + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(forbidden.toArray(String[]::new))
                .allowEmptyShould(true);
    }

    /**
     * How the store fails is the exception: a port that is kept in the database fails so, and whoever calls the port has
     * to tell "another controller leads now" from "try again". Those types carry no way to reach the database.
     */
    private static final DescribedPredicate<JavaClass> THE_STORE_ITSELF = DescribedPredicate.describe(
            "belong to the store and are not one of its failures",
            type -> (type.getPackageName() + ".").startsWith(ROOT + "store.")
                    && !type.isAssignableTo(ROOT + "store.StoreException"));

    @Test
    void onlyStorePackagesAndTheCompositionRootsTouchTheStore() {
        ArchRuleDefinition.noClasses()
                .that()
                .resideInAPackage("io.holdfast..")
                .and()
                .resideOutsideOfPackages(ROOT + "store..", ROOT + "*.store..", ROOT + "server..")
                .should()
                .dependOnClassesThat(THE_STORE_ITSELF)
                .check(PRODUCT);
    }

    // --- purity ---

    @Test
    void coresHaveNoClockThreadFileSocketLoggerOrRandom() {
        purity().check(PRODUCT);
    }

    private static ArchRule purity() {
        DescribedPredicate<JavaClass> impureType =
                DescribedPredicate.describe("touch the world", ArchitectureTest::isImpure);
        DescribedPredicate<JavaAccess<?>> impureCall = DescribedPredicate.describe(
                "read a clock, a random source or the process", ArchitectureTest::readsTheWorld);
        return ArchRuleDefinition.noClasses()
                .that()
                .resideInAnyPackage(
                        ROOT + "*.core..",
                        ROOT + "membership.cut..",
                        ROOT + "fencing.ipmi.core..",
                        ROOT + "fencing.selffence.core..",
                        ROOT + "fencing.ipmi.rmcp..",
                        ROOT + "fencing.ipmi.sdr..",
                        ROOT + "server.supervisor.core..",
                        ROOT + "server.agent.health.core..",
                        ROOT + "scheduler..")
                .should()
                .dependOnClassesThat(impureType)
                .orShould()
                .accessTargetWhere(impureCall)
                .allowEmptyShould(true);
    }

    private static boolean isImpure(JavaClass type) {
        String name = type.getFullName();
        String at = type.getPackageName();
        return at.startsWith("java.nio.file")
                || at.startsWith("java.net")
                || at.startsWith("java.util.concurrent.locks")
                || at.startsWith("org.slf4j")
                || (at.equals("java.io")
                        && !name.equals("java.io.Serializable")
                        && !name.equals("java.io.UncheckedIOException"))
                || Set.of(
                                "java.time.Clock",
                                "java.time.InstantSource",
                                "java.util.Random",
                                "java.security.SecureRandom",
                                "java.util.concurrent.ThreadLocalRandom",
                                "java.util.concurrent.Executor",
                                "java.util.concurrent.Executors",
                                "java.util.concurrent.ExecutorService",
                                "java.util.concurrent.ScheduledExecutorService",
                                "java.util.concurrent.CompletableFuture",
                                "java.lang.Thread",
                                "java.util.Timer")
                        .contains(name);
    }

    private static boolean readsTheWorld(JavaAccess<?> access) {
        AccessTarget target = access.getTarget();
        String owner = target.getOwner().getFullName();
        String name = target.getName();
        return switch (owner) {
            case "java.lang.System" ->
                !name.equals("arraycopy") && !name.equals("identityHashCode") && !name.equals("lineSeparator");
            case "java.lang.Math" -> name.equals("random");
            case "java.util.UUID" -> name.equals("randomUUID");
            case "java.time.Instant",
                    "java.time.LocalDateTime",
                    "java.time.ZonedDateTime",
                    "java.time.OffsetDateTime" -> name.equals("now");
            case "java.lang.Object" -> name.equals("wait") || name.equals("notify") || name.equals("notifyAll");
            default -> false;
        };
    }

    // --- technologies ---

    static List<String> technologies() {
        return TECHNOLOGIES.keySet().stream().sorted().toList();
    }

    @ParameterizedTest
    @MethodSource("technologies")
    void isTouchedInItsOwnPackagesOnly(String technology) {
        confinement(technology).check(PRODUCT);
    }

    private static ArchRule confinement(String technology) {
        String[] homes =
                TECHNOLOGIES.get(technology).stream().map(home -> ROOT + home).toArray(String[]::new);
        return ArchRuleDefinition.noClasses()
                .that()
                .resideInAPackage("io.holdfast..")
                .and()
                .resideOutsideOfPackages(homes)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(technology)
                .allowEmptyShould(true);
    }

    // --- child processes ---

    @Test
    void childrenAreMadeWhereTheyLoseTheMasterKeys() {
        children().check(PRODUCT);
    }

    private static ArchRule children() {
        return ArchRuleDefinition.noClasses()
                .that()
                .doNotHaveFullyQualifiedName(ROOT + "secrets.Subprocess")
                .should()
                .callConstructorWhere(DescribedPredicate.describe(
                        "makes a child that inherits the environment, keys included",
                        call -> call.getTarget().getOwner().isEquivalentTo(ProcessBuilder.class)))
                .orShould()
                .callMethodWhere(DescribedPredicate.describe(
                        "starts a child that inherits the environment, keys included",
                        call -> call.getTarget().getOwner().isEquivalentTo(Runtime.class)
                                && call.getTarget().getName().equals("exec")));
    }

    // --- the rules can fail ---

    @Test
    void noticesAChildThatInheritsTheMasterKeys() {
        JavaClasses bad = new ClassFileImporter().importClasses(Heir.class);
        assertThat(children().evaluate(bad).getFailureReport().getDetails())
                .anyMatch(line -> line.contains("ProcessBuilder"))
                .anyMatch(line -> line.contains("java.lang.Runtime.exec"));
    }

    /** Breaks the rule in both ways; never run. */
    private static final class Heir {
        private Heir() {}

        static void born() throws java.io.IOException {
            new ProcessBuilder("true").start();
            Runtime.getRuntime().exec(new String[] {"true"});
        }
    }

    @Test
    void theProductIsWhatIsChecked() {
        assertThat(PRODUCT.stream().map(JavaClass::getFullName))
                .contains("io.holdfast.model.HostEpoch", "io.holdfast.server.Main")
                .noneMatch(name -> name.contains(".fixture."));
    }

    @Test
    void noticesACoreThatIsNotPure() {
        JavaClasses bad = new ClassFileImporter().importPackages("io.holdfast.membership.core.fixture");
        assertThat(purity().evaluate(bad).getFailureReport().getDetails())
                .as("each kind of impurity is reported")
                .anyMatch(line -> line.contains("java.time.Instant.now"))
                .anyMatch(line -> line.contains("java.lang.System.nanoTime"))
                .anyMatch(line -> line.contains("java.lang.System.currentTimeMillis"))
                .anyMatch(line -> line.contains("java.util.concurrent.ThreadLocalRandom"))
                .anyMatch(line -> line.contains("java.lang.Math.random"))
                .anyMatch(line -> line.contains("java.io.File"))
                .anyMatch(line -> line.contains("java.lang.Thread"))
                .anyMatch(line -> line.contains("java.util.concurrent.locks.ReentrantLock"))
                .anyMatch(line -> line.contains("org.slf4j"));
    }

    @Test
    void noticesAnArrowThatPointsOutward() {
        JavaClasses bad = new ClassFileImporter().importPackages("io.holdfast.scheduler.fixture");
        assertThat(arrows("scheduler").evaluate(bad).hasViolation()).isTrue();
    }

    @Test
    void noticesATechnologyOutsideItsPackage() {
        JavaClasses bad = new ClassFileImporter().importPackages("io.holdfast.scheduler.fixture");
        assertThat(confinement("org.jgroups..").evaluate(bad).hasViolation()).isTrue();
        assertThat(confinement("org.libvirt..").evaluate(bad).hasViolation()).isFalse();
    }
}

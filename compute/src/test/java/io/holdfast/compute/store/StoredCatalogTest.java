package io.holdfast.compute.store;

import static io.holdfast.compute.store.StoredInstancesTest.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.Flavor;
import io.holdfast.compute.Image;
import io.holdfast.model.FlavorId;
import io.holdfast.model.HostId;
import io.holdfast.model.ImageId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.model.Resources;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoredCatalogTest {

    private Path shared;
    private Path images;
    private Deployment deployment;

    @BeforeEach
    void deploy(@TempDir Path directory) {
        shared = directory;
        deployment = Deployment.withCatalog(directory);
        images = directory.resolve("images");
    }

    @AfterEach
    void close() {
        deployment.close();
    }

    @Test
    void imagesInTheDirectoryAreTakenWithTheirSize() throws IOException {
        Files.createDirectories(images.resolve("linux"));
        Files.write(images.resolve("linux/a.qcow2"), qcow2(3, 0, 0));
        Files.writeString(images.resolve("empty.img"), "");
        assertThat(add("linux/a.qcow2", "qcow2").sizeBytes()).isEqualTo(104);
        assertThat(add("empty.img", "raw").sizeBytes()).isZero();
        assertThat(deployment.catalog().images())
                .extracting(Image::file)
                .containsExactly("small.img", "linux/a.qcow2", "empty.img");
        assertThat(deployment.catalog().image(Deployment.IMAGE).orElseThrow().format())
                .isEqualTo("raw");
    }

    @Test
    void whatLiesOutsideOrIsNotThereIsRefused() throws IOException {
        Files.writeString(shared.resolve("secret"), "x");
        Files.createDirectories(images.resolve("directory"));
        for (String file :
                new String[] {"../secret", "a/../../secret", "..", "", "directory/../small.img", "./small.img"}) {
            refused(Kind.INVALID, "must lie in the images directory", () -> add(file, "raw"));
        }
        refused(Kind.INVALID, "must lie in the images directory", () -> add(images + "/small.img", "raw"));
        refused(Kind.INVALID, "does not exist", () -> add("missing.img", "raw"));
        refused(Kind.INVALID, "no regular file", () -> add("directory", "raw"));
        refused(Kind.INVALID, "no file name", () -> add("a\0b", "raw"));
    }

    @Test
    void linksAreRefusedOnEveryStepOfTheWay() throws IOException {
        Path elsewhere = Files.createDirectories(shared.resolve("elsewhere"));
        Files.writeString(elsewhere.resolve("secret"), "x");
        Files.createSymbolicLink(images.resolve("link.img"), elsewhere.resolve("secret"));
        Files.createSymbolicLink(images.resolve("directory"), elsewhere);
        refused(Kind.INVALID, "is a link", () -> add("link.img", "raw"));
        refused(Kind.INVALID, "is a link", () -> add("directory/secret", "raw"));
        refused(Kind.INVALID, "is a link", () -> addWithKernel("directory/secret"));
    }

    @Test
    void aFileOfAnotherFormatIsRefused() throws IOException {
        Files.write(images.resolve("a.qcow2"), qcow2(3, 0, 0));
        refused(Kind.INVALID, "is qcow2, not raw", () -> add("a.qcow2", "raw"));
        refused(Kind.INVALID, "is not qcow2, not qcow2", () -> add("small.img", "qcow2"));
        refused(Kind.INVALID, "must be raw or qcow2, is 'vmdk'", () -> add("small.img", "vmdk"));
    }

    @Test
    void aQcow2ThatRefersToAnotherFileIsRefused() throws IOException {
        Files.write(images.resolve("backed.qcow2"), qcow2(2, 512, 0));
        Files.write(images.resolve("external.qcow2"), qcow2(3, 0, 4));
        Files.write(images.resolve("short.qcow2"), new byte[] {'Q', 'F', 'I', (byte) 0xfb, 0, 0});
        for (String file : new String[] {"backed.qcow2", "external.qcow2"}) {
            refused(Kind.INVALID, "refers to another file", () -> add(file, "qcow2"));
        }
        refused(Kind.INVALID, "ends within its header", () -> add("short.qcow2", "qcow2"));
        Files.write(images.resolve("v2.qcow2"), qcow2(2, 0, 4));
        assertThat(add("v2.qcow2", "qcow2").format()).isEqualTo("qcow2");
    }

    @Test
    void whatIsInUseStaysAndTheRestMayGo() {
        deployment.serving("h1");
        InstanceId id = deployment.create("web").id();
        refused(Kind.CONFLICT, "used by 1", () -> deployment.catalog().deleteImage(Deployment.IMAGE));
        refused(Kind.CONFLICT, "used by 1", () -> deployment.catalog().deleteFlavor(Deployment.SMALL));

        deployment.instances().delete(id, Deployment.OWNER);
        org.awaitility.Awaitility.await()
                .until(() -> deployment.instances().find(id).isEmpty());

        deployment.catalog().deleteImage(Deployment.IMAGE);
        deployment.catalog().deleteFlavor(Deployment.SMALL);
        refused(Kind.NOT_FOUND, "could not be found", () -> deployment.catalog().deleteImage(Deployment.IMAGE));
        refused(Kind.NOT_FOUND, "could not be found", () -> deployment.catalog().deleteFlavor(Deployment.SMALL));
        assertThat(deployment.catalog().flavors()).isEmpty();
    }

    @Test
    void wrongFlavorsAndImagesAreRefused() {
        refused(Kind.CONFLICT, "already exists", () -> flavor("small", "other", 1, Map.of()));
        refused(Kind.CONFLICT, "already exists", () -> flavor("other", "small", 1, Map.of()));
        refused(Kind.INVALID, "at least 1 vCPU", () -> flavor("none", "none", 0, Map.of()));
        refused(
                Kind.INVALID,
                "extra spec holdfast:recovery must be automatic, notify or none, is 'auto'",
                () -> flavor("f", "f", 1, Map.of("holdfast:recovery", "auto")));
        refused(Kind.INVALID, "NUL", () -> flavor("f", "f", 1, Map.of("a", "\0")));
        refused(
                Kind.CONFLICT,
                "already exists",
                () -> deployment.catalog().addImage(Deployment.image(Deployment.IMAGE, "small.img", "raw")));
        refused(
                Kind.INVALID,
                "property holdfast_recovery",
                () -> image(null, -0, Map.of("holdfast_recovery", "never")));
        refused(Kind.INVALID, "must not be negative", () -> image(null, -1, Map.of()));
        assertThat(flavor("f", "f", 1, Map.of("holdfast:recovery", "notify")).extraSpecs())
                .isEqualTo(deployment
                        .catalog()
                        .flavor(FlavorId.of("f"))
                        .orElseThrow()
                        .extraSpecs());
    }

    @Test
    void extraSpecsAreSetAndRemovedAndStay() {
        Map<String, String> two = Map.of("a", "1", "holdfast:recovery", "notify");
        assertThat(specs(two, Set.of()).extraSpecs()).isEqualTo(two);
        assertThat(specs(Map.of("b", "2"), Set.of("a", "never-there")).extraSpecs())
                .isEqualTo(Map.of("b", "2", "holdfast:recovery", "notify"));
        assertThat(deployment.catalog().flavor(Deployment.SMALL).orElseThrow().extraSpecs())
                .isEqualTo(Map.of("b", "2", "holdfast:recovery", "notify"));
    }

    @Test
    void wrongExtraSpecsAreRefusedAndChangeNothing() {
        refused(
                Kind.INVALID,
                "extra spec holdfast:recovery must be automatic, notify or none, is 'auto'",
                () -> specs(Map.of("a", "1", "holdfast:recovery", "auto"), Set.of()));
        refused(Kind.INVALID, "NUL", () -> specs(Map.of("a", "\0"), Set.of()));
        Map<String, String> many = new HashMap<>();
        for (int i = 0; i < 129; i++) {
            many.put("key" + i, "");
        }
        refused(Kind.INVALID, "at most 128", () -> specs(many, Set.of()));
        refused(
                Kind.NOT_FOUND,
                "Flavor gone could not be found",
                () -> deployment.catalog().changeExtraSpecs(FlavorId.of("gone"), Map.of(), Set.of()));
        assertThat(specs(Map.of(), Set.of()).extraSpecs()).isEmpty();
    }

    @Test
    void instancesFollowTheirFlavorsPolicyAndListenersHearOfIt() {
        deployment.serving("h1");
        InstanceId follows = deployment.create("follows").id();
        InstanceId ownWord = deployment.create("own-word").id();
        deployment.instances().setTags(ownWord, List.of("notify"));
        List<String> heard = new CopyOnWriteArrayList<>();
        deployment.instances().addListener((before, after) -> {
            if (before != null && before.policy() != after.policy()) {
                heard.add(after.name() + " " + before.policy() + " > " + after.policy());
            }
        });

        specs(Map.of("holdfast:recovery", "automatic"), Set.of());
        specs(Map.of("unrelated", "1"), Set.of());

        // The list that a recovery case reads when its host is fenced.
        assertThat(deployment.claims().at(HostId.of("h1")))
                .extracting(one -> one.name() + " " + one.policy() + " " + one.policySource())
                .containsExactlyInAnyOrder("follows AUTOMATIC flavor", "own-word NOTIFY tag");
        org.awaitility.Awaitility.await().until(() -> heard.equals(List.of("follows NONE > AUTOMATIC")));

        specs(Map.of(), Set.of("holdfast:recovery"));
        assertThat(deployment.instance(follows).policy()).isEqualTo(RecoveryPolicy.NONE);
        org.awaitility.Awaitility.await().until(() -> heard.contains("follows AUTOMATIC > NONE"));
        assertThat(heard).hasSize(2);
    }

    @Test
    void changesOfTheSameFlavorAtOnceAddUp() throws Exception {
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                String key = "key" + i;
                all.add(callers.submit(() -> specs(Map.of(key, "x"), Set.of())));
            }
            for (Future<?> one : all) {
                one.get(20, TimeUnit.SECONDS);
            }
        }
        assertThat(specs(Map.of(), Set.of()).extraSpecs()).hasSize(8);
    }

    private Flavor specs(Map<String, String> set, Set<String> removed) {
        return deployment.catalog().changeExtraSpecs(Deployment.SMALL, set, removed);
    }

    private Flavor flavor(String id, String name, int vcpus, Map<String, String> specs) {
        return deployment
                .catalog()
                .addFlavor(new Flavor(FlavorId.of(id), name, new Resources(vcpus, 1, 0), true, specs));
    }

    private Image add(String file, String format) {
        return deployment.catalog().addImage(Deployment.image(ImageId.of(UUID.randomUUID()), file, format));
    }

    private Image addWithKernel(String kernel) {
        return image(kernel, 0, Map.of());
    }

    private Image image(@Nullable String kernel, int minMemoryMib, Map<String, String> properties) {
        return deployment
                .catalog()
                .addImage(new Image(
                        ImageId.of(UUID.randomUUID()),
                        "image",
                        "small.img",
                        "raw",
                        0,
                        kernel,
                        null,
                        null,
                        minMemoryMib,
                        0,
                        properties,
                        Instant.EPOCH));
    }

    private static byte[] qcow2(int version, long backingFileOffset, long incompatibleFeatures) {
        return ByteBuffer.allocate(104)
                .putInt(0, 0x514649fb)
                .putInt(4, version)
                .putLong(8, backingFileOffset)
                .putLong(72, incompatibleFeatures)
                .array();
    }
}

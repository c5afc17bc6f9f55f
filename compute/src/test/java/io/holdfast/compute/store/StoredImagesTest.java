package io.holdfast.compute.store;

import static io.holdfast.compute.store.StoredInstancesTest.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.Image;
import io.holdfast.compute.ImageEntry;
import io.holdfast.compute.ImageEntry.Status;
import io.holdfast.compute.ImageEntry.Visibility;
import io.holdfast.compute.ImageSettings;
import io.holdfast.compute.Instances;
import io.holdfast.compute.image.ImageFiles;
import io.holdfast.model.ImageId;
import io.holdfast.model.ProjectId;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoredImagesTest {

    private static final ProjectId OTHER = ProjectId.of("p2");

    private Path uploads;
    private Deployment deployment;
    private StoredImages images;
    private final AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);

    @BeforeEach
    void deploy(@TempDir Path directory) {
        deployment = Deployment.withCatalog(directory);
        uploads = directory.resolve("images/uploads");
        images = new StoredImages(
                deployment.store,
                deployment.catalog(),
                new ImageFiles(directory, 0),
                new ImageSettings(1 << 20, 3, 3 << 20, 0, 1, Duration.ofSeconds(1), Duration.ofMinutes(1), null),
                () -> Instant.now().plus(ahead.get()));
    }

    @AfterEach
    void close() {
        images.close();
        deployment.close();
    }

    @Test
    void anImageThatWasUploadedIsTheOneThatInstancesBeginWith() throws Exception {
        ImageEntry queued = create("mine", Visibility.PRIVATE);
        assertThat(queued.status()).isEqualTo(Status.QUEUED);
        assertThat(deployment.catalog().image(queued.id())).isEmpty();
        refused(Kind.INVALID, "is not active", () -> boot(queued.id(), Deployment.PROJECT));

        ImageEntry active = images.upload(queued.id(), 6, content("a disk"));

        assertThat(active.status()).isEqualTo(Status.ACTIVE);
        assertThat(active.content().md5()).isEqualTo("9f3dcc17b3660ff7eb3be3e5f62f58c7");
        Image image = deployment.catalog().image(queued.id()).orElseThrow();
        assertThat(image.privateTo()).isEqualTo(Deployment.PROJECT);
        assertThat(Files.readString(uploads.getParent().resolve(image.file()))).isEqualTo("a disk");
        try (InputStream in = images.download(queued.id()).orElseThrow().content()) {
            assertThat(new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8))
                    .isEqualTo("a disk");
        }
        refused(Kind.CONFLICT, "written already", () -> images.upload(queued.id(), 6, content("other!")));
        // Nobody else's instance is made from it.
        refused(Kind.INVALID, "could not be found", () -> boot(queued.id(), OTHER));
        deployment.serving("h1");
        boot(queued.id(), Deployment.PROJECT);
        refused(Kind.CONFLICT, "used by 1", () -> images.delete(queued.id()));
        refused(
                Kind.CONFLICT,
                "take their recovery policy",
                () -> images.change(queued.id(), one -> with(one, Map.of("holdfast_recovery", "automatic"), false)));
        assertThat(images.activate(queued.id(), false).status()).isEqualTo(Status.DEACTIVATED);
        refused(Kind.INVALID, "is not active", () -> boot(queued.id(), Deployment.PROJECT));
    }

    @Test
    void eachSeesItsOwnAndWhatIsForAll() {
        ImageEntry own = create("own", Visibility.PRIVATE);
        ImageEntry forAll = create("for-all", Visibility.COMMUNITY);
        assertThat(images.list(Deployment.PROJECT))
                .extracting(ImageEntry::id)
                .containsExactly(forAll.id(), own.id(), Deployment.IMAGE);
        assertThat(images.list(OTHER)).extracting(ImageEntry::id).containsExactly(forAll.id(), Deployment.IMAGE);
        assertThat(images.list(null)).hasSize(3);
        assertThat(images.find(Deployment.IMAGE).orElseThrow().visibility()).isEqualTo(Visibility.PUBLIC);
    }

    @Test
    void aRefusedUploadLeavesTheImageAsItWas() throws Exception {
        ImageId id = create("mine", Visibility.PRIVATE).id();
        refused(Kind.TOO_LARGE, "are allowed", () -> images.upload(id, 2 << 20, content("x")));
        refused(
                Kind.TOO_LARGE,
                "longer than",
                () -> images.upload(id, -1, new ByteArrayInputStream(new byte[2 << 20])));
        refused(Kind.INVALID, "vmdk, not raw", () -> images.upload(id, -1, content("KDMV")));
        assertThat(images.find(id).orElseThrow().status()).isEqualTo(Status.QUEUED);
        assertThat(files()).isEmpty();
        assertThat(images.upload(id, -1, content("a disk")).status()).isEqualTo(Status.ACTIVE);
    }

    @Test
    void anImageThatIsDeletedWhileItIsWrittenLeavesNothing() throws Exception {
        ImageId id = create("mine", Visibility.PRIVATE).id();
        refused(
                Kind.CONFLICT,
                "deleted",
                () -> images.upload(id, -1, when(() -> {
                    assertThat(images.find(id).orElseThrow().status()).isEqualTo(Status.SAVING);
                    refused(Kind.CONFLICT, "being written", () -> images.upload(id, -1, content("second")));
                    images.delete(id);
                })));
        assertThat(files()).isEmpty();
    }

    @Test
    void whatACrashLeftIsTidiedAndALateEndIsRefused() throws Exception {
        ImageId id = create("mine", Visibility.PRIVATE).id();
        ImageId active = create("active", Visibility.PRIVATE).id();
        images.upload(active, -1, content("stays"));
        Files.writeString(uploads.resolve("left-behind.part"), "x");
        assertThatThrownBy(() -> images.upload(id, -1, when(() -> {
                    images.tidy();
                    assertThat(images.find(id).orElseThrow().status()).isEqualTo(Status.SAVING);
                    assertThat(files()).hasSize(2);
                    // Nothing is heard of it for so long that it must be dead.
                    ahead.set(Duration.ofMinutes(2));
                    assertThat(images.find(id).orElseThrow().status()).isEqualTo(Status.QUEUED);
                    images.tidy();
                    assertThat(files()).hasSize(1);
                })))
                .isInstanceOf(ComputeException.class);
        assertThat(images.find(id).orElseThrow().status()).isEqualTo(Status.QUEUED);
        assertThat(files()).hasSize(1);
        images.delete(active);
        assertThat(files()).isEmpty();
    }

    @Test
    void aProjectHasSoManyImagesAndBytesAndNoMore() {
        for (int i = 0; i < 3; i++) {
            ImageId id = create("i" + i, Visibility.PRIVATE).id();
            images.upload(id, -1, new ByteArrayInputStream(new byte[1 << 20]));
        }
        refused(Kind.TOO_LARGE, "as many as it may have", () -> create("one-more", Visibility.PRIVATE));
        images.delete(images.list(Deployment.PROJECT).getFirst().id());
        ImageId small = create("small", Visibility.PRIVATE).id();
        images.upload(small, -1, new ByteArrayInputStream(new byte[1 << 20]));
        images.delete(small);
        assertThat(images.list(Deployment.PROJECT)).hasSize(3);
    }

    @Test
    void whatIsProtectedStaysByEveryDoor() {
        ImageId id = create("mine", Visibility.PRIVATE).id();
        images.change(id, one -> with(one, Map.of("os", "debian"), true));
        refused(Kind.LIMIT, "is protected", () -> images.delete(id));
        refused(Kind.LIMIT, "is protected", () -> deployment.catalog().deleteImage(id));
        assertThat(images.change(id, one -> with(one, Map.of(), false)).properties())
                .isEmpty();
        images.delete(id);
        refused(Kind.NOT_FOUND, "No image found", () -> images.activate(id, true));
        refused(
                Kind.LIMIT,
                "has no content",
                () -> images.activate(create("q", Visibility.PRIVATE).id(), true));
    }

    private ImageEntry create(String name, Visibility visibility) {
        return images.create(new ImageEntry(
                ImageId.of(UUID.randomUUID()),
                name,
                Status.QUEUED,
                visibility,
                Deployment.PROJECT,
                "raw",
                "bare",
                null,
                0,
                0,
                false,
                false,
                Set.of("tag"),
                Map.of(),
                Instant.EPOCH,
                Instant.EPOCH));
    }

    private static ImageEntry with(ImageEntry image, Map<String, String> properties, boolean isProtected) {
        return new ImageEntry(
                image.id(),
                image.name(),
                image.status(),
                image.visibility(),
                image.owner(),
                image.diskFormat(),
                image.containerFormat(),
                image.content(),
                image.minMemoryMib(),
                image.minDiskGib(),
                isProtected,
                image.hidden(),
                image.tags(),
                properties,
                image.createdAt(),
                image.updatedAt());
    }

    private void boot(ImageId image, ProjectId project) {
        Instances.NewInstance wanted = new Instances.NewInstance(
                "vm", project, "user", Deployment.SMALL, image, null, null, List.of(), Map.of());
        assertThat(deployment.instances().create(wanted, Deployment.OWNER).image())
                .isEqualTo(image);
    }

    private static InputStream content(String text) {
        return new ByteArrayInputStream(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    /** Content in whose middle something happens, when its file is already open. */
    private static InputStream when(Runnable happens) {
        return new InputStream() {
            private boolean ended;

            @Override
            public int read() {
                if (ended) {
                    return -1;
                }
                ended = true;
                happens.run();
                return 'x';
            }
        };
    }

    private List<Path> files() {
        try (var all = Files.list(uploads)) {
            return all.toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}

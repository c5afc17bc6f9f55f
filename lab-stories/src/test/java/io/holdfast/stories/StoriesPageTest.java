package io.holdfast.stories;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The lab's page promises what is told in every run of the tests; and so it is. */
final class StoriesPageTest {

    private static final Pattern STORY = Pattern.compile("\\| `(\\w+)#(\\w+)` \\|$");

    /** So many kinds are named; one that is lost here would be told no more, and nobody would notice. */
    private static final int KINDS = 23;

    @Test
    void everyStoryOfThePageIsToldInEveryRun() throws Exception {
        List<String> rows = rows();
        assertThat(rows).hasSize(KINDS);
        for (String row : rows) {
            Matcher story = STORY.matcher(row);
            assertThat(story.find()).as(row).isTrue();
            Class<?> told = Class.forName(getClass().getPackageName() + "." + story.group(1));
            List<Method> methods = Arrays.stream(told.getDeclaredMethods())
                    .filter(method -> method.getName().equals(story.group(2)) && method.isAnnotationPresent(Test.class))
                    .toList();
            assertThat(methods).as(row).hasSize(1);
            assertThat(tags(told)).as(row).contains("lab").doesNotContain("chaos");
            assertThat(tags(methods.getFirst())).as(row).doesNotContain("chaos");
        }
    }

    private static List<String> rows() throws IOException {
        String page = Files.readString(Path.of("..", "docs", "lab.md"));
        String section = page.substring(page.indexOf("## Stories\n")).split("\n## ", 2)[0];
        return section.lines().filter(line -> line.startsWith("| ")).skip(1).toList();
    }

    private static List<String> tags(AnnotatedElement element) {
        return Arrays.stream(element.getAnnotationsByType(Tag.class))
                .map(Tag::value)
                .toList();
    }
}

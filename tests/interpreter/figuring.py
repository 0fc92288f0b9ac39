"""Questions about figures: summaries, what differs of them, and what is behind them."""

from functools import cached_property, partial
from itertools import permutations

from google.protobuf.json_format import ParseDict
from google.type.date_pb2 import Date

from registry.reference import nuts
from tests.interpreter import explaining, specialising
from tests.interpreter.asking import Asking
from tests.interpreter.comparing import changes, comparison, figures
from tests.interpreter.subjects import ECOSYSTEMS, REGIONS, SUBJECTS
from tests.interpreter.summaries import Summing

DAYS_LATER = (-2000, 0, 3000)
"""From the day of the first point of two to that of the second."""
PARTS = (1, 2)
"""The first point knows a half of what the second knows, or all of it."""


class AskingFigures(Asking):
    """Asks how many there are."""

    @cached_property
    def summing(self):
        """Counts of the day."""
        return Summing(self.known, self.day)

    @cached_property
    def there(self):
        """What summaries are of: all but editions that are not known."""
        return [each for each in SUBJECTS if each.of != "edition" or each.key in self.known]

    def questions(self):
        """Every question, kind by kind."""
        known = [facts.stream for facts in self.known.of("editions")]
        return [
            [partial(self.summary, each) for each in self.there if each.summarised],
            [partial(self.compared, *two) for two in permutations(known, 2)],
            [partial(self.series)],
            [partial(self.series_of, subject) for subject in (*ECOSYSTEMS, *REGIONS)],
            [partial(self.specialised, subject, n) for subject in ECOSYSTEMS for n in (None, 0, 1)],
            [partial(self.specialised, subject) for subject in REGIONS],
            [partial(self.differences, subject) for subject in SUBJECTS],
            [partial(self.explanations, subject) for subject in self.there],
        ]

    def summary(self, subject):
        """A summary."""
        # Each kind has a request of its own: that of a region alone has a version.
        fields = {name: value for name, value in subject.fields.items() if value}
        rpc = f"Get{subject.of.capitalize()}Summary"
        return self.question(rpc, fields, summary=self.summing.summary(subject))

    def compared(self, first, second):
        """Two editions beside each other."""
        two = [self.known[stream] for stream in (first, second)]
        summaries = [self.summing.edition(facts, nuts.LATEST) for facts in two]
        found = comparison(*summaries, *map(self.summing.who, two))
        fields = {"first": first, "second": second}
        return self.question("CompareEditions", fields, comparison=found)

    def differences(self, subject):
        """Calls that ask what differs of a summary between an earlier point and this one."""
        return [partial(self.changed, subject, p, days) for p in PARTS for days in DAYS_LATER]

    def changed(self, subject, part, days):
        """A summary as of an earlier or a later day, or as less was known, and this one."""
        earlier = self.known.earlier(max(1, self.known.position // part))
        first = AskingFigures(earlier, self.day - days)
        fields = {"first": first.point, **subject.fields}
        if not (subject in self.there and subject in first.there):
            return self.not_found("CompareSummaries", fields)
        summaries = [asking.summing.summary(subject) for asking in (first, self)]
        return self.question(
            "CompareSummaries",
            fields,
            changes=changes(*summaries),
            first_read_position=earlier.position,
            first_as_of=ParseDict(first.point["asOf"], Date()),
        )

    # -- series ----------------------------------------------------------------------

    def series(self):
        """The editions one after another."""
        found = self.summing.series(nuts.LATEST, lambda _: True)
        return self.question("GetEditionSeries", {}, editions=found)

    def series_of(self, subject):
        """The same, of those who belong to an ecosystem, or who are or may be in a region."""

        def chosen(who):
            if subject.of == "ecosystem":
                return subject.key in who.ecosystems
            return who.place.lies_in(subject.key, subject.region_version)

        found = self.summing.series(subject.counted_in, chosen)
        return self.question("GetEditionSeries", subject.fields, editions=found)

    # -- specialisation --------------------------------------------------------------

    @property
    def clusters(self):
        """Clusters that exist on the day."""
        return [who for _, who in self.summing.clusters]

    def specialised(self, subject, level=None):
        """Location quotients of a region, or of an ecosystem in the regions of a level."""
        fields = subject.fields | ({} if level is None else {"level": level})
        if subject.of == "region":
            found = specialising.region(self.clusters, subject)
        else:
            found = specialising.ecosystem(self.clusters, subject, 2 if level is None else level)
        return self.question("GetSpecialisation", fields, specialising.seen, specialisation=found)

    # -- what is behind --------------------------------------------------------------

    def explanations(self, subject):
        """Calls that ask what is behind the figures of a summary: those that count, and others."""
        found = figures(self.summing.summary(subject))
        numbers = {} if subject.of == "edition" else specialising.behind(self.clusters, subject)
        counting, nothing = [], []
        for path, value in found.items():
            (counting if value else nothing).append(partial(self.explained, subject, path, value))
        for path, names in numbers.items():
            call = partial(self.explained_number, subject, path, names)
            (counting if names else nothing).append(call)
        return [lambda: counting or nothing, lambda: nothing or counting]

    def explained(self, subject, path, value):
        """What is behind a figure of a summary."""
        names = explaining.behind(self.summing, subject, path)
        return self.explanation(subject, path, value, names)

    def explained_number(self, subject, path, names):
        """What is behind a number of which a quotient is made."""
        return self.explanation(subject, ("specialisation", *path), len(names), names)

    def explanation(self, subject, path, value, names):
        """What is behind a figure."""
        return self.question(
            "ExplainFigure",
            subject.fields | {"figure": ".".join(path)},
            explaining.seen(self.known, self.day),
            value=value,
            contributions=explaining.contributions(names),
        )

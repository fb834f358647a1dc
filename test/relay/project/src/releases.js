// What a Relay console would write: a list that pages, and one object that is fetched again by its id. Only the compiler reads it.
import { graphql } from 'relay-runtime';

export const releasesQuery = graphql`
  query releasesQuery($first: Int!) {
    ...releases_list @arguments(first: $first)
  }
`;

export const releasesList = graphql`
  fragment releases_list on Query
  @refetchable(queryName: "releasesListPaginationQuery")
  @argumentDefinitions(first: { type: "Int", defaultValue: 20 }, after: { type: "String" }) {
    releases(first: $first, after: $after) @connection(key: "releases_releases") {
      edges {
        node {
          id
          ...releases_row
        }
      }
    }
  }
`;

export const releaseRow = graphql`
  fragment releases_row on Release @refetchable(queryName: "releaseRowRefetchQuery") {
    number
    state
    version
  }
`;

export const eventsSubscription = graphql`
  subscription releasesEventsSubscription($after: String) {
    eventStream(after: $after) {
      events {
        id
        type
      }
      endCursor
      caughtUp
    }
  }
`;
